import { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import { pino } from 'pino';
import { z } from 'zod';
import { signedTokens } from '../../../dcr-service/http/access-token.ts';
import { authorizeManagementCall, clientIdHeader } from '../../../dcr-service/http/bearer-token.ts';
import { gatewayServer } from '../../../dcr-service/http/gateway-listener.ts';
import { issuer } from '../../../dcr-service/testing/signed-requests.ts';

/**
 * The service's own HTTP server with its token check and nothing behind it: the same framework, TLS listener and options, and an answer
 * that never changes. It knows the key and the recipient's certificate from the start. A process of its own.
 */
const task = z
  .object({
    certificate: z.string(),
    key: z.string(),
    gatewayAuthorities: z.string(),
    gatewayNames: z.array(z.string()),
    tokenKey: z.custom<JWK>(),
    thumbprint: z.string(),
    answer: z.record(z.string(), z.unknown()),
  })
  .parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));

const tokenKey = KeyObject.from((await importJWK(task.tokenKey, 'PS256')) as CryptoKey);
const readToken = signedTokens({
  issuer,
  clockTolerance: 30,
  keys: async () => ({ keys: [tokenKey] }),
  now: Date.now,
});
// Nobody reads what is logged, as in the measurement of the service.
const logger = pino({ level: 'info' }, pino.destination({ sync: false }));
const app = Fastify({
  serverFactory: (handler) => gatewayServer({ requestTimeoutMs: 30_000, ...task }, logger, handler),
  loggerInstance: logger as FastifyBaseLogger,
});
const certificate = { thumbprint: task.thumbprint } as Parameters<typeof authorizeManagementCall>[0]['certificate'];

app.get<{ Params: { clientId: string } }>('/register/:clientId', async (request) => {
  const { authorization } = request.headers;
  const call = {
    authorizations: authorization === undefined ? [] : [authorization],
    gatewayClientIds: request.raw.headersDistinct[clientIdHeader] ?? [],
    pathClientId: request.params.clientId,
    certificate,
  };
  await authorizeManagementCall(call, readToken, () => {});
  return task.answer;
});

await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as AddressInfo;
console.log(JSON.stringify({ event: 'ready', url: `https://localhost:${port}` }));
