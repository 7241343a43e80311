import { X509Certificate } from 'node:crypto';
import https from 'node:https';
import { createSecureContext, getCACertificates, type SecureContext, TLSSocket } from 'node:tls';
import type { Connect } from './access.ts';
import { withSpares } from './spare-connections.ts';
import { through } from './tunnel.ts';

/** Connections to one server. `fresh` makes a new one for each request, so that none is sent on a connection that the server is closing. */
export interface Connections {
  readonly keptAlive: https.Agent;
  readonly fresh: https.Agent;
  /** The certificate that was presented, when `error` is the refusal of a server's certificate. */
  refusedCertificate(error: unknown): X509Certificate | undefined;
  close(): void;
}

/**
 * Connections that verify the server's certificate against `ca` and the roots that Node trusts; there is no way to switch that off.
 * A certificate in `ca` is an anchor whether or not it is a root, as in a Java truststore.
 * @param spares how many to open together with the first
 * @throws TypeError when `ca` holds no certificate that can be read
 */
export function openConnections(ca: string | undefined, connect?: Connect, spares = 0): Connections {
  const secureContext = trusting(ca);
  const refused = new WeakMap<object, X509Certificate>();
  const agent = (keepAlive: boolean) =>
    through(
      watched(new https.Agent({ keepAlive, secureContext, rejectUnauthorized: true, minVersion: 'TLSv1.2' }), refused),
      connect,
    );
  const keptAlive = agent(true);
  const fresh = agent(false);
  const closeSpares = withSpares(keptAlive, spares);
  return {
    keptAlive,
    fresh,
    refusedCertificate: (error) => (error instanceof Error ? refused.get(error) : undefined),
    close() {
      closeSpares();
      keptAlive.destroy();
      fresh.destroy();
    },
  };
}

/** By their CAs. Made once: reading Node's roots again for every connection takes longer than a handshake. */
const contexts = new Map<string | undefined, SecureContext>();

function trusting(ca: string | undefined): SecureContext {
  const known = contexts.get(ca);
  if (known) return known;
  const given = ca === undefined ? [] : certificatesIn(ca);
  const context = createSecureContext({
    ca: [...getCACertificates('default'), ...given],
    allowPartialTrustChain: true,
    minVersion: 'TLSv1.2',
  });
  contexts.set(ca, context);
  return context;
}

function certificatesIn(bundle: string): string[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    throw new TypeError('The CA bundle holds no certificate: it must be PEM text with at least one BEGIN CERTIFICATE.');
  }
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch {
      throw new TypeError(`Certificate ${index + 1} of ${blocks.length} in the CA bundle cannot be read.`);
    }
  }
  return blocks;
}

/**
 * Node destroys a connection whose certificate it refuses, and most of its errors do not say which certificate that was.
 * So the certificate is noted when the handshake ends, just before Node judges it.
 */
function watched(agent: https.Agent, refused: WeakMap<object, X509Certificate>): https.Agent {
  const secure = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = secure(options, callback);
    if (!(socket instanceof TLSSocket)) return socket;
    let presented: Buffer | undefined;
    socket.prependOnceListener('secure', () => {
      // Not getPeerX509Certificate: after it, Node 24 finds no names in the certificate that it checks.
      presented = socket.getPeerCertificate().raw;
    });
    socket.once('secureConnect', () => {
      presented = undefined;
    });
    socket.prependOnceListener('error', (error) => {
      if (presented) refused.set(error, new X509Certificate(presented));
    });
    return socket;
  };
  return agent;
}

/** Why a certificate was refused, as a clause that starts with "it". */
export function whyRefused(reason: string, certificate: X509Certificate, host: string): string {
  const shown = `it presented the certificate of "${oneLine(certificate.subject)}", issued by "${oneLine(certificate.issuer)}"`;
  switch (reason) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${shown}, which is for ${certificate.subjectAltName ?? 'no name at all'} and not for ${host}. Use an address that the certificate names, or have the server's certificate issued for ${host}`;
    case 'CERT_HAS_EXPIRED':
      return `${shown}, ${expiryOf(certificate)}. Renew the server's certificate`;
    case 'CERT_NOT_YET_VALID':
      return `${shown}, and one of its chain is not valid yet (this one from ${certificate.validFrom}). Check the clocks of both machines`;
    default:
      return `${shown}, which is neither in the CA given nor issued by one in it or by a system root (${reason}). If that is the right server, add its issuer's certificate to the CA given`;
  }
}

/** Node says of a chain that something in it has expired, and not what. */
function expiryOf({ validToDate }: X509Certificate): string {
  const day = validToDate.toISOString().slice(0, 10);
  return validToDate.getTime() < Date.now()
    ? `which is expired since ${day}`
    : `which is valid until ${day}, but a CA in its chain has expired`;
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
