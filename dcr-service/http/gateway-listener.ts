import type { X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { Settings } from '../settings.ts';

/** Who has not proved by then to be the gateway is sent away. */
const handshakeMs = 5_000;

export type GatewayListener = Omit<Settings['listener'], 'host' | 'port'>;

function isGateway(certificate: X509Certificate | undefined, names: readonly string[]): boolean {
  return names.some((name) => certificate?.checkHost(name, { subject: 'never', wildcards: false }) !== undefined);
}

/**
 * A TLS server that insists on a client certificate and closes every connection whose certificate does not carry a
 * name of the gateway, before a byte of HTTP is read: under the CDR's authority recipients hold certificates too, and
 * must not reach the service beside the gateway.
 */
export function gatewayServer(listener: GatewayListener, logger: Logger, handler: RequestListener): Server {
  const { certificate, key, gatewayAuthorities, gatewayNames, requestTimeoutMs } = listener;
  const server = createServer(
    {
      cert: certificate,
      key,
      ca: gatewayAuthorities,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: handshakeMs,
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(requestTimeoutMs / 2, 5_000),
      // Longer than the gateway keeps its idle connections, or requests meet a connection that is just closing.
      keepAliveTimeout: 120_000,
    },
    handler,
  );
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const peer = socket.getPeerX509Certificate();
    if (isGateway(peer, gatewayNames)) return;
    logger.warn(
      { subject: peer?.subject, wanted: gatewayNames },
      'a TLS client that is not the gateway was turned away',
    );
    socket.destroy();
  });
  return server;
}
