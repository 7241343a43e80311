import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { dirname } from 'node:path';

/** One request that a server of the emulator answered. Never a query string, header or body: those hold secrets. */
export interface RequestLogEntry {
  /** ISO 8601, UTC. */
  at: string;
  server: 'api-manager' | 'gateway' | 'identity-server';
  method: string;
  path: string;
  status: number;
  /** Whether the request could change declared state. */
  kind: 'read' | 'write';
}

export interface RequestLog {
  append(entry: Omit<RequestLogEntry, 'at' | 'kind'>): void;
}

/** POSTs that declare nothing: an upsert that gives the same client back, tokens, questions about a document or a server. */
const READS_BY_POST =
  /\/client-registration\/|\/oauth2\/(token|introspect)$|\/key-managers\/discover$|\/validate-openapi$|\/services\/\w+\/(authenticate|get|is|list)\w*$|\/\.search$/;

/** Appends one JSON line per request to `file`, at once, so that a test in another process sees it. */
export function openRequestLog(file: string): RequestLog {
  mkdirSync(dirname(file), { recursive: true });
  return {
    append({ server, method, path, status }) {
      const pathOnly = path.replace(/[?#].*$/, '');
      const kind = kindOf(server, method, pathOnly);
      const entry: RequestLogEntry = { at: new Date().toISOString(), server, method, path: pathOnly, status, kind };
      appendFileSync(file, `${JSON.stringify(entry)}\n`);
    },
  };
}

/** All entries so far, oldest first; none when the server has not answered anything yet. */
export function readRequestLog(file: string): RequestLogEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RequestLogEntry);
}

/** Logs a request just before its response ends, so that a client with the response finds the request in the log. */
export function withRequestLog(
  log: RequestLog,
  server: RequestLogEntry['server'],
  listener: RequestListener,
): RequestListener {
  return (request, response) => {
    const end = response.end.bind(response) as (...parts: unknown[]) => ServerResponse;
    const endLogged = (...parts: unknown[]) => {
      response.end = end;
      log.append({ server, method: request.method ?? '', path: pathOf(request), status: response.statusCode });
      return end(...parts);
    };
    response.end = endLogged;
    listener(request, response);
  };
}

/**
 * The path of a request, without its query. SOAP has one path for everything: the operation is made a segment of its
 * own, `/services/RemoteUserStoreManagerService/addUser`, which is where Axis2 takes it as well. Where the services are may be a secret:
 * here they are below `/services/`.
 */
export function pathOf({ url = '', headers }: IncomingMessage): string {
  const path = url.replace(/[?#].*$/, '');
  const operation = /^"?urn:(\w+)"?$/.exec(String(headers.soapaction ?? ''))?.[1];
  return operation === undefined ? path : `${path.replace(/^\/[^/]+\//, '/services/')}/${operation}`;
}

/** Whether a call could change declared state. */
export function kindOf(server: RequestLogEntry['server'], method: string, path: string): RequestLogEntry['kind'] {
  if (server === 'gateway' || method === 'GET' || method === 'HEAD') return 'read';
  return method === 'POST' && READS_BY_POST.test(path) ? 'read' : 'write';
}
