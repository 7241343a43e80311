import { X509Certificate } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { ServerHome } from '../../server-home.ts';
import { readTruststore, type TrustEntry } from '../../stores.ts';
import { type ListenerProfile, readListenerProfile } from './listener-profile.ts';
import { readTlsKeystore } from './outbound-tls.ts';

/** The gateway's HTTPS port without an offset. */
const PASS_THROUGH_PORT = 8243;

export interface Listener {
  server: Server;
  port: number;
  trust: TrustEntry[];
}

/**
 * Makes the gateway's TLS listener from the rendered listener profile and the stores on disk, all read once: what
 * changes in them later is not seen until a restart.
 */
export function createListener(home: ServerHome): Listener {
  const profile = readListenerProfile(home);
  const trust = readRecipientTrust(home, profile);
  const { key, chain } = readTlsKeystore(home);
  const secure = { minVersion: 'TLSv1.2', key, cert: chain.join('\n'), ca: trust.map(({ pem }) => pem) } as const;
  // Java takes any certificate in a truststore as an anchor, not roots alone. Node's servers drop that option and
  // leave only this way to it, for callers who name a host.
  const context = createSecureContext({ ...secure, allowPartialTrustChain: true });
  const server = createServer({
    ...secure,
    SNICallback: (_name, done) => done(null, context),
    requestCert: true,
    rejectUnauthorized: profile.SSLVerifyClient === 'require',
  });
  if (profile.SSLVerifyClient === 'optional') refuseUntrusted(server);
  return { server, trust, port: PASS_THROUGH_PORT + (home.setting<number>('server.offset') ?? 0) };
}

/** Starts to listen; for a server named localhost on loopback alone. */
export function listen({ server, port }: { server: HttpServer; port: number }, home: ServerHome): Promise<void> {
  const host = home.setting('server.hostname') === 'localhost' ? '127.0.0.1' : undefined;
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? new Error(`Port ${port} of the gateway is in use.`, { cause }) : cause),
    );
    server.listen(port, host, resolve);
  });
}

/** The certificate that the caller showed in the handshake. */
export function certificateOfConnection(socket: TLSSocket): X509Certificate | undefined {
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : new X509Certificate(raw);
}

function readRecipientTrust(home: ServerHome, { TrustStore: store }: ListenerProfile): TrustEntry[] {
  return readTruststore(home.file(...store.Location.split('/')), store.Type, store.Password);
}

/** 'optional' means that a caller may come without a certificate, not with any: Java ends the handshake then. */
function refuseUntrusted(server: Server): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (!socket.authorized && socket.getPeerCertificate().raw !== undefined) socket.destroy();
  });
}
