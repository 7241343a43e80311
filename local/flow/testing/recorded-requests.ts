import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import type { Environment } from '../../processes/environment.ts';

export interface RecordedRequests {
  received: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** Stands where dcr-service stood, with its certificate, and keeps the headers of every request. */
export async function recordRequests({
  state,
  ports,
}: Pick<Environment, 'state' | 'ports'>): Promise<RecordedRequests> {
  const received: IncomingHttpHeaders[] = [];
  const server = createServer(
    {
      cert: readFileSync(join(state.pki, 'dcr-service.pem')),
      key: readFileSync(join(state.pki, 'dcr-service.key')),
    },
    (request, response) => {
      received.push(request.headers);
      request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    },
  );
  server.listen(ports.dcrService, '127.0.0.1');
  await once(server, 'listening');
  return {
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
