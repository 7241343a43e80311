import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { type CryptoKey, compactVerify, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { openBareDatabase } from './bare-database.ts';
import { type RegistrationCall, registrationCalls } from './registration-calls.ts';

/**
 * What the service cannot do without, and nothing else: two signatures verified, two durable commits, the calls to the
 * other servers over connections that are kept. No server, no rule, no error handling. A process of its own, which runs
 * the pool of requests once for every line on its standard input.
 *
 * It does these as the service does: the same HTTP client, commits of which those that are wanted at the same time share a
 * write to the disk, one round trip to PostgreSQL for each transaction, rows as long as the service's.
 */
const task = z
  .object({
    requests: z.string(),
    registerKey: z.custom<JWK>(),
    recipientKey: z.custom<JWK>(),
    stubs: z.string(),
    ca: z.string(),
    concurrency: z.number(),
    /** SQLite file or PostgreSQL URL. */
    database: z.string(),
  })
  .parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));

const lines = readFileSync(task.requests, 'utf8').trim().split('\n');
const keyOf = async (jwk: JWK) => (await importJWK(jwk, 'PS256')) as CryptoKey;
const [registerKey, recipientKey] = await Promise.all([keyOf(task.registerKey), keyOf(task.recipientKey)]);
const agent = new Agent({ keepAlive: true, ca: task.ca });
const database = await openBareDatabase(task.database, task.concurrency);
const algorithms = ['PS256'];
const { hostname, port } = new URL(task.stubs);

function call({ method, path }: RegistrationCall, body = '', clientId = '', query = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const address = path.replace(':client', clientId) + query;
    request({ agent, hostname, port, path: address, method, headers, family: 4 }, (answer: IncomingMessage) =>
      resolve(buffer(answer)),
    )
      .on('error', reject)
      .end(body);
  });
}

async function verified(compact: string, key: CryptoKey): Promise<Record<string, string>> {
  const { payload } = await compactVerify(compact, key, { algorithms });
  return JSON.parse(new TextDecoder().decode(payload));
}

async function bind(clientId: string): Promise<void> {
  const { clientApplication, protocol, authorization } = registrationCalls;
  await call(clientApplication, '', '', `?filter=clientId%20eq%20${clientId}`);
  await Promise.all([call(protocol, '', clientId), call(authorization, '{"scopes":["cdr:registration"]}', clientId)]);
}

async function register(compact: string): Promise<void> {
  const claims = await verified(compact, recipientKey);
  const { software_statement: statement = '', iss: softwareId = '', jti = '' } = claims;
  const metadata = { ...(await verified(statement, registerKey)), ...claims };
  await database.reserve(softwareId, jti);
  const body = JSON.stringify({ client_name: softwareId, redirect_uris: claims.redirect_uris, jwks_uri: task.stubs });
  const { client_id: clientId } = JSON.parse((await call(registrationCalls.client, body)).toString()) as {
    client_id: string;
  };
  await call(registrationCalls.application, body);
  await call(registrationCalls.keys, body);
  await Promise.all([call(registrationCalls.subscription, body), bind(clientId)]);
  await database.commit(softwareId, randomUUID(), JSON.stringify(metadata));
}

console.log(JSON.stringify({ event: 'ready' }));
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    for (let line = lines[next++]; line !== undefined; line = lines[next++]) await register(line);
  };
  await Promise.all(Array.from({ length: task.concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;
  await database.clear();
  console.log(JSON.stringify({ event: 'done', perSecond: lines.length / seconds }));
}
await database.close();
agent.destroy();
