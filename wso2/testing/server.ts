import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Call, ServerAccess } from '../access.ts';
import { type Credential, makeRoot } from './certificates.ts';

/** What a server got. */
export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Text is sent verbatim, anything else as JSON. */
  body?: unknown;
}

/** `cut` ends the connection without a word; `silence` never answers. */
export type Behaviour = (request: Received) => Reply | 'cut' | 'silence' | Promise<Reply | 'cut' | 'silence'>;

export interface TestServer {
  url: string;
  port: number;
  received: Received[];
  close(): Promise<void>;
}

/** The authority of every server here that is meant to be trusted. */
export const root = await makeRoot('Test Root');
const ordinary = await root.issue({ name: 'localhost', hosts: ['localhost'] });

/** A real HTTPS server on a free port of localhost with the given behaviour. */
export async function serve(behaviour: Behaviour, credential: Credential = ordinary): Promise<TestServer> {
  const received: Received[] = [];
  const server = createServer({ cert: credential.cert, key: credential.key }, async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url ?? '/', 'https://localhost');
    const request: Received = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers as Received['headers'],
      body: Buffer.concat(chunks),
    };
    received.push(request);
    const reply = await behaviour(request);
    if (reply === 'silence') return;
    if (reply === 'cut') {
      incoming.socket.destroy();
      return;
    }
    const { status = 200, headers = {}, body = '' } = reply;
    outgoing.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `https://localhost:${port}`, port, received, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** Access to a test server with pauses of a millisecond, and the calls that were reported. */
export function accessTo(server: { url: string }): ServerAccess & { calls: Call[] } {
  const calls: Call[] = [];
  return {
    url: server.url,
    ca: root.cert,
    patience: { retries: 3, minDelayMs: 1, maxDelayMs: 2 },
    onCall: (call) => calls.push(call),
    calls,
  };
}

/** The answers of client registration and token endpoint that let the rest of a test happen. */
export function grantToken({ path, body }: Received, token = 'access-token-1'): Reply | undefined {
  if (path === '/client-registration/v0.17/register') {
    return { body: { clientId: 'our-client', clientSecret: 'our-client-secret' } };
  }
  if (path === '/oauth2/token') {
    const scope = new URLSearchParams(body.toString()).get('scope') ?? '';
    return { body: { access_token: token, token_type: 'Bearer', expires_in: 3600, scope } };
  }
  return undefined;
}
