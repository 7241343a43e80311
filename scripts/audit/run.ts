import { Wso2Error } from '@cdr-stack/wso2';
import PQueue from 'p-queue';
import type { Server } from '../../programs/deployment-toml/required-settings.ts';
import type { Address } from './addresses.ts';
import { askDoors } from './ask-doors.ts';
import { judgeCertificate } from './certificate.ts';
import { askGateway } from './challenge.ts';
import { judgeConfiguration } from './configuration.ts';
import { askCors } from './cors.ts';
import { askDiscovery } from './discovery.ts';
import type { Finding } from './finding.ts';
import { askHeaders } from './headers.ts';
import { askPorts } from './ports.ts';
import { askWithPublishedWord } from './published-word.ts';
import { forVersion } from './row-question.ts';
import { type Stranger, stranger } from './stranger.ts';
import { askTls, greet } from './tls.ts';

export interface AuditOptions {
  addresses: readonly Address[];
  /** Texts of deployment.toml. */
  configurations: Partial<Record<Server, string>>;
  /** What is said of versions; API Manager is asked for its own, and the newest is assumed of the rest. */
  versions: Partial<Record<Server, string>>;
  /** PEM of the CAs that issued the servers' certificates; without it certificates are read, not verified. */
  ca: string | undefined;
  /** Path of an API at the gateway. */
  api: string | undefined;
}

export interface Audit {
  findings: Finding[];
  /** Those that were asked. */
  addresses: Address[];
  versions: Record<Server, string>;
  /** Whether the command line named the version, the server reported it, or the newest is assumed. */
  versionsBy: Record<Server, 'named' | 'reported' | 'assumed'>;
}

/** The newest versions that the baseline knows. */
const newest: Record<Server, string> = { 'api-manager': '4.7.0', 'identity-server': '7.3.0' };

const atOnce = 4;

/**
 * Asks servers, as an anonymous caller, for what they should not serve, and judges their files. It writes nothing.
 *
 * @throws {Wso2Error} `unreachable` when a server that the command line names does not answer, `untrusted` when no CA in `ca` issued its
 * certificate.
 */
export async function audit({ addresses: named, configurations, versions, ca, api }: AuditOptions): Promise<Audit> {
  const asked = stranger(ca);
  const queue = new PQueue({ concurrency: atOnce });
  const bounded: Stranger = { ask: (request) => queue.add(() => asked.ask(request)), close: asked.close };
  try {
    const met = (await Promise.all(named.map((address) => meet(address, asked, ca)))).filter(
      (one) => one !== undefined,
    );
    const addresses = met.map(({ address }) => address);
    const told = versions['api-manager'] ?? (await toldVersion(addresses, bounded));
    const known: Record<Server, string> = { ...newest, ...versions, ...(told && { 'api-manager': told }) };
    const findings: Finding[] = met.map(({ certificate }) => certificate);
    // One server after the other, so that none is asked more at once than the bound allows.
    for (const address of addresses) findings.push(...(await askServer(address, bounded, known, api)));
    for (const server of ['api-manager', 'identity-server'] as const) {
      const text = configurations[server];
      if (text !== undefined) findings.push(...judgeConfiguration(server, known[server], text));
    }
    const by = (server: Server, isTold: boolean) => (versions[server] ? 'named' : isTold ? 'reported' : 'assumed');
    const versionsBy = {
      'api-manager': by('api-manager', told !== undefined),
      'identity-server': by('identity-server', false),
    } as const;
    return { findings, addresses, versions: known, versionsBy };
  } finally {
    asked.close();
  }
}

/** Makes the first handshake; undefined where the command line names no such server. */
async function meet(
  address: Address,
  stranger: Stranger,
  ca: string | undefined,
): Promise<{ address: Address; certificate: Finding } | undefined> {
  const handshake = await greet(address);
  if (handshake.outcome === 'unknown' && address.presumed) return undefined;
  if (handshake.outcome === 'unknown')
    throw new Wso2Error('unreachable', `${address.url} cannot be reached (${handshake.code}).`);
  if (ca !== undefined) {
    const answer = await stranger.ask({ method: 'HEAD', url: `${address.url}/` });
    if (answer.kind === 'no answer' && /CERT|SIGNED|VERIFY|ISSUER/.test(answer.code))
      throw new Wso2Error('untrusted', `No CA in --ca issued the certificate of ${address.url} (${answer.code}).`);
  }
  return { address, certificate: judgeCertificate(address, handshake) };
}

async function toldVersion(addresses: readonly Address[], stranger: Stranger): Promise<string | undefined> {
  const apiManager = addresses.find(({ server }) => server === 'api-manager');
  if (apiManager === undefined) return undefined;
  const answer = await stranger.ask({ url: `${apiManager.url}/services/Version` });
  return answer.kind === 'answered' && answer.status === 200 ? answer.body.match(/\d+\.\d+\.\d+/)?.[0] : undefined;
}

async function askServer(
  address: Address,
  stranger: Stranger,
  versions: Record<Server, string>,
  api: string | undefined,
): Promise<Finding[]> {
  const tls = await askTls(address);
  const others = await Promise.all([
    askDoors(address, stranger),
    askWithPublishedWord(address, stranger),
    askPorts(address, stranger),
    askDiscovery(address, stranger, versions['identity-server']),
    askHeaders(address, stranger),
    askCors(address, stranger, api).then((one) => [one]),
    address.server === 'gateway' ? askGateway(address, stranger, api) : [],
  ]);
  return [...tls, ...others.flat()].map((finding) => forVersion(finding, versions));
}
