import { once } from 'node:events';
import { createServer } from 'node:net';
import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import { eventPorts } from '../../programs/deployment-toml/event-duplication.ts';

/** Where every server of the process environment listens, all on loopback. */
export interface Ports {
  /** API Manager's `[server] offset`: every port of it is this much higher. */
  apiManagerOffset: number;
  /** Identity Server's `[server] offset`. */
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

/** Which of the servers are WSO2's own, and not the emulator. */
export interface RealServers {
  apiManager?: unknown;
  identityServer?: unknown;
}

/** What the servers listen on with an offset of 0: the emulator on what it speaks, WSO2's own on what API Manager 4.6 and Identity Server 7.1 were seen to. */
const listening = {
  apiManager: {
    emulator: [9443, 8243, 9763],
    real: [
      ...[9443, 9763, 8243, 8280, 8021, 8099, 9021, 9099],
      // Events and throttling: AMQP, data bridge, Thrift.
      ...[5672, 8672, 9611, 9711, 10711],
      // JMX.
      ...[9999, 11111],
    ],
  },
  identityServer: { emulator: [9443], real: [9443, 9763, 10711, 9999, 11111] },
} as const;

/** Where the emulator listens beside, when its deployment.toml leaves open what we shut: tests do that. */
const opened = { apiManager: [8280], identityServer: [9763] } as const;

const mayListen = (server: keyof RealServers, real: RealServers) => [
  ...listeningPorts(server, real),
  ...(real[server] === undefined ? opened[server] : []),
];

function listeningPorts(server: keyof RealServers, real: RealServers): readonly number[] {
  return listening[server][real[server] === undefined ? 'emulator' : 'real'];
}

/** Free ports, for parallel environments. No other process gets them while this one runs. */
export async function freePorts(real: RealServers = {}): Promise<Ports> {
  const apiManagerOffset = await freeOffset(mayListen('apiManager', real));
  const identityServerOffset = await freeOffset(mayListen('identityServer', real));
  const register = await freePort();
  const recipient = await freePort();
  const dcrService = await freePort();
  const dcrHealth = await freePort();
  return { apiManagerOffset, identityServerOffset, register, recipient, dcrService, dcrHealth };
}

/** A second API Manager's `[server] offset`, including the ports on which two of them exchange events. */
export function freeInstanceOffset(): Promise<number> {
  return freeOffset([...mayListen('apiManager', {}), ...Object.values(eventPorts)]);
}

/** The ports of this plan that are in use, with the name of the server that needs them. */
export async function portsInUse(ports: Ports, real: RealServers = {}): Promise<{ server: string; port: number }[]> {
  const wanted = [
    ...listeningPorts('apiManager', real).map((port) => ({
      server: 'API Manager',
      port: port + ports.apiManagerOffset,
    })),
    ...listeningPorts('identityServer', real).map((port) => ({
      server: 'Identity Server',
      port: port + ports.identityServerOffset,
    })),
    { server: 'Register', port: ports.register },
    { server: 'recipient', port: ports.recipient },
    { server: 'dcr-service', port: ports.dcrService },
    { server: 'dcr-service health', port: ports.dcrHealth },
  ];
  // get-port reserves the ports that it has found for a while, which is not wanted here.
  clearLockedPorts();
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  return wanted.filter((_, index) => !free[index]);
}

const LOWEST = 8243;

async function freePort(): Promise<number> {
  return LOWEST + (await freeOffset([LOWEST]));
}

async function freeOffset(ports: readonly number[]): Promise<number> {
  // Every port stays beneath the range that systems hand out to clients.
  const highest = 32_767 - Math.max(...ports);
  for (;;) {
    const offset = 2000 + Math.floor(Math.random() * (highest - 2000));
    const wanted = ports.map((port) => port + offset);
    const free = await Promise.all(wanted.map(isFree));
    if (free.every(Boolean) && (await claim(wanted))) return offset;
  }
}

/**
 * Between finding a free port and listening on it, another process could take it. A claim prevents that: an abstract Unix socket named
 * after the port, which one process can hold and which ends with it. Systems without abstract sockets have no claims.
 */
async function claim(ports: number[]): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const claims = ports.map((port) => createServer().listen(`\0cdr-stack-port-${port}`).unref());
  const held = await Promise.allSettled(claims.map((server) => once(server, 'listening')));
  if (held.every(({ status }) => status === 'fulfilled')) return true;
  for (const server of claims) server.close();
  return false;
}

async function isFree(port: number): Promise<boolean> {
  return (await getPort({ port: portNumbers(port, port) })) === port;
}
