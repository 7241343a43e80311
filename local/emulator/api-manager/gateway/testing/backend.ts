import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A request as it arrived at an endpoint. */
export interface Arrived {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** Common name of the certificate that the gateway showed. */
  client: string | undefined;
}

export interface BackendAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface Backend {
  url: string;
  arrived: Arrived[];
  /** What it answers from now on; never, for `undefined`. */
  answer: ((request: Arrived) => BackendAnswer | undefined) | undefined;
  close(): Promise<void>;
}

/** An endpoint on loopback that records requests and answers 200 `{}` by default; on a free port unless one is given. */
export async function startBackend(tls: ServerOptions, port = 0): Promise<Backend> {
  const backend: Backend = {
    url: '',
    arrived: [],
    answer: () => ({}),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer(tls, async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The gateway gave up in the middle of the body: nothing arrived.
      return;
    }
    const arrived: Arrived = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      client: (request.socket as TLSSocket).getPeerCertificate().subject?.CN?.toString(),
    };
    backend.arrived.push(arrived);
    const answer = backend.answer?.(arrived);
    if (answer === undefined) return;
    const { status = 200, headers = { 'content-type': 'application/json' }, body = '{}' } = answer;
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  backend.url = `https://localhost:${(server.address() as AddressInfo).port}`;
  return backend;
}
