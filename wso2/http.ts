import axios, { type AxiosInstance } from 'axios';
import pRetry from 'p-retry';
import type { CallKind, Patience, ServerAccess } from './access.ts';
import { Wso2Error } from './errors.ts';
import { aborted, noAnswer, timedOut, wasNeverSent } from './no-answer.ts';
import { type Asked, refusal } from './refusal.ts';
import { type KnownSecrets, knownSecrets } from './secrets.ts';
import { type Connections, openConnections } from './tls.ts';

/**
 * When a failed request may be sent again. `freely`: a read, a replacement, a deletion, an upsert.
 * `unless-sent`: a creation, which is repeated only when it cannot have arrived. `never`: the caller polls.
 */
export type Repetition = 'freely' | 'unless-sent' | 'never';

export interface Body {
  type: string;
  content: Buffer | string;
  /** What of it must not come back in a message. */
  secrets?: readonly string[] | undefined;
}

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean> | undefined;
  accept?: string | undefined;
  authorization?: string | undefined;
  body?: Body | undefined;
  /** Default: `unless-sent` for POST, else `freely`. */
  repetition?: Repetition | undefined;
  /** A 401 that carries neither a challenge nor a body says here that the thing does not exist (RFC 7592, 2.1). */
  bare401IsAbsent?: boolean | undefined;
}

/** A success: any other status is thrown. */
export interface Answer {
  status: number;
  /** Whether the answer asks for credentials (`WWW-Authenticate`). */
  challenged: boolean;
  body: Buffer;
}

export type Send = (request: Request) => Promise<Answer>;

/** The way to one server; every round trip of these clients passes here. */
export interface Transport {
  readonly url: string;
  /** Product and address, for messages. */
  readonly server: string;
  readonly secrets: KnownSecrets;
  send: Send;
  close(): void;
}

const defaultPatience: Patience = { retries: 3, minDelayMs: 200, maxDelayMs: 2_000 };
const LARGEST_ANSWER = 32 * 1024 * 1024;

/** @throws TypeError when the address or the CA bundle cannot be used */
export function openTransport(product: string, access: ServerAccess): Transport {
  const url = origin(product, access.url);
  const connections = openConnections(access.ca, access.connect);
  const secrets = knownSecrets();
  const server = `${product} at ${url}`;
  const patience = { ...defaultPatience, ...access.patience };
  const timeoutMs = access.timeoutMs ?? 30_000;
  const http = axios.create({
    baseURL: url,
    adapter: 'http',
    // The environment's proxy would see, or swallow, calls that stay inside.
    proxy: false,
    maxRedirects: 0,
    maxContentLength: LARGEST_ANSWER,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    transformRequest: [],
  });

  async function roundTrip(request: Request): Promise<Answer> {
    const { method, path } = request;
    const asked: Asked = { method, path, server };
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = access.signal ? AbortSignal.any([access.signal, deadline]) : deadline;
    const started = performance.now();
    let status: number | undefined;
    try {
      const answer = await exchange(http, connections, request, signal);
      status = answer.status;
      if (status >= 200 && status < 300) return answer;
      const bare = status === 401 && !answer.challenged && answer.body.length === 0;
      const absent = status === 404 || (bare && request.bare401IsAbsent === true);
      const redact = (text: string) => secrets.redact(text, request.body?.secrets);
      throw refusal(asked, { status, absent, body: answer.body.toString('utf8') }, redact);
    } catch (error) {
      if (error instanceof Wso2Error) throw error;
      if (access.signal?.aborted) throw aborted(asked);
      if (deadline.aborted) throw timedOut(asked, timeoutMs);
      throw noAnswer(asked, url, error, connections);
    } finally {
      access.onCall?.({
        method,
        path,
        status,
        kind: kindOf(method, path),
        ms: Math.round(performance.now() - started),
      });
    }
  }

  async function send(request: Request): Promise<Answer> {
    const { method, path } = request;
    if (access.signal?.aborted) throw aborted({ method, path, server });
    const repetition = request.repetition ?? (method === 'POST' ? 'unless-sent' : 'freely');
    try {
      return await pRetry(() => roundTrip(request), {
        retries: patience.retries,
        minTimeout: patience.minDelayMs,
        maxTimeout: patience.maxDelayMs,
        randomize: true,
        shouldRetry: ({ error }) => isWorthRepeating(error, repetition),
        ...(access.signal && { signal: access.signal }),
      });
    } catch (error) {
      if (error instanceof Wso2Error || !access.signal?.aborted) throw error;
      throw aborted({ method, path, server });
    }
  }

  return {
    url,
    server,
    secrets,
    send,
    close() {
      connections.keptAlive.destroy();
      connections.fresh.destroy();
    },
  };
}

async function exchange(
  http: AxiosInstance,
  connections: Connections,
  { method, path, query, accept, authorization, body, repetition }: Request,
  signal: AbortSignal,
): Promise<Answer> {
  const mayRepeat = repetition === 'freely' || (repetition === undefined && method !== 'POST');
  const { status, headers, data } = await http.request<Buffer>({
    method,
    url: `${path}${queryString(query)}`,
    headers: {
      Accept: accept ?? 'application/json',
      'User-Agent': 'cdr-stack',
      ...(authorization !== undefined && { Authorization: authorization }),
      ...(body !== undefined && { 'Content-Type': body.type }),
    },
    ...(body !== undefined && { data: body.content }),
    // A kept connection may be closing at the server's end; then nobody could say whether a creation has arrived.
    httpsAgent: mayRepeat ? connections.keptAlive : connections.fresh,
    signal,
  });
  return { status, challenged: headers['www-authenticate'] !== undefined, body: data };
}

// Not URLSearchParams: its "+" for a blank is read as a plus sign by some JAX-RS versions.
function queryString(query: Request['query']): string {
  const pairs = Object.entries(query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function origin(product: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:') {
    throw new TypeError(`The address of ${product} must be https://host:port.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(`The address of ${product} holds credentials: give them apart from it.`);
  }
  return url.origin;
}

const readsByPost =
  /\/client-registration\/|\/oauth2\/(token|introspect)$|\/key-managers\/discover$|\/validate-openapi$/;

function kindOf(method: string, path: string): CallKind {
  return method === 'GET' || (method === 'POST' && readsByPost.test(path)) ? 'read' : 'write';
}

function isWorthRepeating(error: Error, repetition: Repetition): boolean {
  if (repetition === 'never' || !(error instanceof Wso2Error)) return false;
  if (wasNeverSent(error)) return true;
  if (repetition === 'unless-sent') return false;
  // With a number of its own, a 5xx is what the server thinks of the request, not an outage.
  return error.code === 'unreachable' || (error.code === 'server-error' && (error.wso2Code ?? 0) < 900_000);
}
