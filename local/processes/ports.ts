import getPort, { clearLockedPorts, portNumbers } from 'get-port';

/** Where every server of the process environment listens, all on loopback. */
export interface Ports {
  /** API Manager's `[server] offset`: 9443 (management), 8243 (gateway) and 9763 (version page) plus this. */
  apiManagerOffset: number;
  /** Identity Server's `[server] offset`: 9443 plus this. */
  identityServerOffset: number;
  register: number;
  recipient: number;
  dcrService: number;
  dcrHealth: number;
}

/** The ports that the quick start uses; those of the servers are the vendor guide's. */
export const defaultPorts: Ports = {
  apiManagerOffset: 0,
  identityServerOffset: 3,
  register: 7180,
  recipient: 7181,
  dcrService: 7443,
  dcrHealth: 7080,
};

const apiManagerPorts = [9443, 8243, 9763];
const identityServerPorts = [9443];

/** Ports that nobody uses now, for environments side by side. */
export async function freePorts(): Promise<Ports> {
  const apiManagerOffset = await freeOffset(apiManagerPorts, []);
  const taken = apiManagerPorts.map((port) => port + apiManagerOffset);
  const identityServerOffset = await freeOffset(identityServerPorts, taken);
  const [register, recipient, dcrService, dcrHealth] = await Promise.all([getPort(), getPort(), getPort(), getPort()]);
  return { apiManagerOffset, identityServerOffset, register, recipient, dcrService, dcrHealth };
}

/** The ports of this plan that somebody else listens on, named by the server that wants them. */
export async function portsInUse(ports: Ports): Promise<{ server: string; port: number }[]> {
  const wanted = [
    ...apiManagerPorts.map((port) => ({ server: 'API Manager', port: port + ports.apiManagerOffset })),
    ...identityServerPorts.map((port) => ({ server: 'Identity Server', port: port + ports.identityServerOffset })),
    { server: 'Register', port: ports.register },
    { server: 'recipient', port: ports.recipient },
    { server: 'dcr-service', port: ports.dcrService },
    { server: 'dcr-service health', port: ports.dcrHealth },
  ];
  // get-port sets aside for a while what it has found free: here nothing is set aside.
  clearLockedPorts();
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  return wanted.filter((_, index) => !free[index]);
}

async function freeOffset(ports: number[], taken: number[]): Promise<number> {
  for (;;) {
    // Offsets keep every port between 10000 and 32767, beneath the range that systems hand out to clients.
    const offset = 2000 + Math.floor(Math.random() * 20_000);
    const wanted = ports.map((port) => port + offset);
    if (wanted.some((port) => taken.includes(port))) continue;
    const free = await Promise.all(wanted.map(isFree));
    if (free.every(Boolean)) return offset;
  }
}

async function isFree(port: number): Promise<boolean> {
  return (await getPort({ port: portNumbers(port, port) })) === port;
}
