import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { type Logger, pino } from 'pino';
import type { Credential } from '../../pki/issue-certificate.ts';

/** An HTTPS listener that requests no client certificate: Register and recipients publish to everybody. */
export type TlsListener = FastifyInstance<Server, IncomingMessage, ServerResponse, Logger>;

/** @param identity the certificate chain that it presents. */
export function tlsListener(identity: Credential, logger: Logger = pino({ enabled: false })): TlsListener {
  return fastify({
    https: { key: identity.key, cert: identity.certificate, minVersion: 'TLSv1.2' },
    // Callers keep connections open: closing waits for none of them.
    forceCloseConnections: true,
    loggerInstance: logger,
  });
}

/**
 * Starts to listen.
 * @param role who listens, for the error message.
 * @param port 0 takes any free port.
 * @throws Error saying which port is in use.
 */
export async function listen(listener: TlsListener, role: string, host: string, port: number): Promise<void> {
  try {
    await listener.listen({ host, port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(
        `Port ${port} is in use, so the ${role} cannot listen there: stop what holds it or choose another.`,
      );
    }
    throw error;
  }
}

/** `https://localhost:<port>` of a listener that listens. */
export function urlOf(listener: TlsListener): string {
  const address = listener.server.address();
  if (address === null || typeof address === 'string') throw new Error('The listener does not listen on a port yet.');
  return `https://localhost:${address.port}`;
}

/** Refuses callers from the network: a caller that can sign as the recipient, or set statuses for the Register, can impersonate them. */
export async function requireLoopback({ socket }: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const address = socket.remoteAddress ?? '';
  if (/^(::ffff:)?127\.|^::1$/.test(address)) return undefined;
  return reply.code(403).send({ message: 'This is for callers on the same machine only.' });
}
