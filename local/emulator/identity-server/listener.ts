import { hash, type X509Certificate } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { IdentityServerSettings } from './settings.ts';

/** The HTTPS server, not yet listening, with the client-certificate rules of the settings. */
export function createListener(settings: IdentityServerSettings, onRequest: RequestListener): Server {
  const verification = settings.certificateVerification;
  const server = createServer(
    {
      key: settings.tls.key,
      cert: settings.tls.chain.join('\n'),
      ca: settings.trustedCallers,
      // Java takes every certificate of its truststore for an anchor, issuing CAs included.
      allowPartialTrustChain: true,
      requestCert: verification !== 'none',
      rejectUnauthorized: verification === 'required',
      minVersion: 'TLSv1.2',
      // Tomcat's. Node's five seconds end a kept connection while its next request is on the way.
      keepAliveTimeout: 20_000,
    },
    onRequest,
  );
  // Node's choice is all or nothing; Tomcat's "optional" lets nobody in with a certificate that it cannot verify.
  if (verification === 'optional') server.prependListener('secureConnection', refuseUnverifiedCertificate);
  return server;
}

function refuseUnverifiedCertificate(socket: TLSSocket): void {
  if (socket.getPeerX509Certificate() !== undefined && !socket.authorized) socket.destroy();
}

/** The certificate that the caller proved to own, if the listener asked for one and the caller had one. */
export function clientCertificate(request: IncomingMessage): X509Certificate | undefined {
  // A connection without TLS has no certificate.
  return (request.socket as Partial<TLSSocket>).getPeerX509Certificate?.();
}

/** SHA-256 of that certificate, base64url, as tokens that are bound to it have it (RFC 8705, 3.1). */
export function thumbprintOf({ raw }: { raw: IncomingMessage }): string | undefined {
  const certificate = clientCertificate(raw);
  return certificate && hash('sha256', certificate.raw, 'base64url');
}
