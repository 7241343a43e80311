import { type Address, counterpart } from './addresses.ts';
import type { AuditedServer, Finding, Verdict } from './finding.ts';
import { type Handshake, type Offer, shakeHands } from './handshake.ts';
import { rowQuestion } from './row-question.ts';

/** A listener, and the rows that say what it speaks. */
interface Listener {
  server: AuditedServer;
  name: string;
  protocols: string;
  suites?: string;
  /** With an offset of 0; without it the one that the command line names. */
  port?: number;
}

const tomcat = {
  protocols: 'transport.https.sslHostConfig.properties.protocols',
  suites: 'transport.https.sslHostConfig.properties.ciphers',
};
const passThrough = 'transport.passthru_https.listener.parameters';
const receiver = 'transport.binary.receiver';

export const listeners: readonly Listener[] = [
  { server: 'api-manager', name: 'management', ...tomcat },
  { server: 'identity-server', name: 'the listener', ...tomcat },
  {
    server: 'gateway',
    name: 'the gateway',
    protocols: `${passThrough}.HttpsProtocols`,
    suites: `${passThrough}.PreferredCiphers`,
  },
  {
    server: 'api-manager',
    name: 'the receiver of events',
    port: 9711,
    protocols: `${receiver}.sslEnabledProtocols`,
    suites: `${receiver}.ciphers`,
  },
  {
    server: 'api-manager',
    name: 'the broker',
    port: 8672,
    protocols: 'broker.transport.amqp.ssl_connection.ssl_enabled_protocols',
  },
];

/** An offer with a name for people. */
interface Named extends Offer {
  name: string;
}

const old: readonly Named[] = [
  { name: 'TLS 1.0', minVersion: 'TLSv1', maxVersion: 'TLSv1' },
  { name: 'TLS 1.1', minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' },
];

const suitesOf12 = (name: string, ciphers: string): Named => ({
  name,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers,
});

/** What BCP 195 (RFC 9325, 4.2) does not recommend, as far as this OpenSSL can still offer it. */
const weak: readonly Named[] = [
  suitesOf12('suites without forward secrecy', 'kRSA'),
  suitesOf12('suites that BCP 195 does not recommend', 'ALL:!aNULL:!kRSA:!PSK:!SRP:!ECDHE+AESGCM:!ECDHE+CHACHA20'),
];

const modern: Offer = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };

/** Offers each TLS listener of a server what none should take. */
export async function askTls(address: Address): Promise<Finding[]> {
  const own = listeners.filter(({ server }) => server === address.server);
  return (await Promise.all(own.map((listener) => askListener(address, listener)))).flat();
}

async function askListener(address: Address, { server, name, port, protocols, suites }: Listener): Promise<Finding[]> {
  const url = port === undefined ? address.url : counterpart(address, 'https', port);
  if (url === undefined) return [];
  const target = { hostname: address.hostname, port: Number(new URL(url).port || 443) };
  const offered = async (offers: readonly Named[]) => {
    const handshakes: (Handshake & { name: string })[] = [];
    // One after the other: some listeners end connections that come in numbers.
    for (const { name, ...offer } of offers)
      handshakes.push({ name, ...(await shakeHands(target.hostname, target.port, offer)) });
    return verdictOn(handshakes, target.port);
  };
  const asked = [
    { kind: 'protocols', key: protocols, offers: old },
    ...(suites === undefined ? [] : [{ kind: 'suites', key: suites, offers: weak }]),
  ];
  const findings: Finding[] = [];
  for (const { kind, key, offers } of asked) {
    const subject = `${kind === 'protocols' ? 'TLS 1.0 and 1.1' : 'weak suites of TLS 1.2'} at ${name}`;
    const question = rowQuestion(server, key, { question: `tls-${kind}-${target.port}`, subject });
    findings.push({ ...question, ...(await offered(offers)) });
  }
  return findings;
}

function verdictOn(handshakes: readonly (Handshake & { name: string })[], port: number): Verdict {
  const taken = handshakes.flatMap((one) =>
    one.outcome === 'taken' ? [one.seen ? `${one.name} (${one.seen.suite})` : one.name] : [],
  );
  if (taken.length > 0) return { standing: 'open', found: `${port} takes ${taken.join(', ')}` };
  const unknown = handshakes.find((one) => one.outcome === 'unknown');
  if (unknown === undefined) return { standing: 'shut', found: `${port} refuses them` };
  if (unknown.code === 'ECONNREFUSED') return { standing: 'shut', found: 'nothing listens' };
  return { standing: 'cannot tell', found: `${port}: no answer (${unknown.code})` };
}

/** The handshake that every server should take; with it, the certificate is read. */
export const greet = ({ hostname, port }: Address): Promise<Handshake> => shakeHands(hostname, port, modern);
