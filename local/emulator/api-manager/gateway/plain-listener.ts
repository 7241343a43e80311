import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { route } from './routing.ts';
import type { GatewayRuntime } from './runtime.ts';

/**
 * The gateway's listener without TLS, not yet listening. An API whose callers have to show a certificate refuses it, as 4.6.0 did; no
 * other is emulated here.
 */
export function createPlainListener(
  runtime: GatewayRuntime,
  ownAnswer: (request: IncomingMessage, response: ServerResponse) => boolean,
) {
  return createServer((request, response) => {
    if (ownAnswer(request, response)) return;
    const { method = 'GET', url = '/' } = request;
    if (url === '/') return void response.writeHead(200).end();
    const found = route(runtime.apis(), method, url.replace(/\?.*$/, ''));
    response.writeHead(found.kind === 'operation' ? 403 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: found.kind === 'operation' ? 'Unsupported Transport' : 'Not Found' }));
  });
}
