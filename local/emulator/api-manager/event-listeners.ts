import { createServer } from 'node:https';
import fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { UserStore } from '../user-store.ts';
import { basicCredentials } from './authentication.ts';
import { type ApiManagerEvent, type Events, eventPath } from './events.ts';

const eventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('deployment'), apiId: z.string(), environment: z.string() }),
  z.strictObject({ kind: z.literal('keyManager'), id: z.string(), name: z.string() }),
  z.strictObject({ kind: z.literal('revocation'), jti: z.string() }),
]) satisfies z.ZodType<ApiManagerEvent>;

/** An open door of an instance for the other's events. */
export interface EventListener {
  server: FastifyInstance;
  port: number;
}

/**
 * Where an instance receives events, with `[server] offset = 0`: the receiver (9711, TLS) for changes, the broker (5672, in the clear as
 * the product's) for revoked tokens. Both accept only the administrator's password. HTTP instead of the product's own protocols.
 */
export function eventListeners(
  events: Events,
  users: UserStore,
  { tls, offset }: { tls: { key: string; cert: string }; offset: number },
): EventListener[] {
  const receiver = fastify({ serverFactory: (handler) => createServer(tls, handler), forceCloseConnections: true });
  const broker = fastify({ forceCloseConnections: true });
  return [
    { server: accepting(receiver, ['deployment', 'keyManager']), port: 9711 + offset },
    { server: accepting(broker, ['revocation']), port: 5672 + offset },
  ];

  function accepting(server: FastifyInstance, kinds: readonly ApiManagerEvent['kind'][]): FastifyInstance {
    server.post(eventPath, async (request, reply) => {
      const { name = '', secret = '' } = basicCredentials(request) ?? {};
      if (users.verify(name, secret)?.username !== users.administrator) return reply.code(401).send();
      const { success, data } = eventSchema.safeParse(request.body);
      if (!success || !kinds.includes(data.kind)) return reply.code(400).send();
      events.receive(data);
      return reply.code(202).send();
    });
    return server;
  }
}
