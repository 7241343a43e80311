import type { ServerAccess } from './access.ts';
import { isRead } from './call-kind.ts';
import { Wso2Error } from './errors.ts';
import { aborted, noAnswer, timedOut } from './no-answer.ts';
import { type Asked, refusal } from './refusal.ts';
import { defaultPatience, type Repetition, readRetryAfter, withRetries } from './retry.ts';
import { roundTripsTo, TimeIsOver } from './round-trip.ts';
import { type KnownSecrets, knownSecrets } from './secrets.ts';
import { openConnections } from './tls.ts';

export interface Body {
  type: string;
  content: Buffer | string;
  /** What of it must not come back in a message. */
  secrets?: readonly string[] | undefined;
}

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** The operation of a SOAP service, where one path serves all: sent as SOAPAction, and reported as a last segment of the path. */
  soapOperation?: string | undefined;
  query?: Record<string, string | number | boolean> | undefined;
  accept?: string | undefined;
  authorization?: string | undefined;
  body?: Body | undefined;
  /** What of the body must not come back in a message, where {@link Body.secrets} cannot know. */
  secrets?: readonly string[] | undefined;
  /** Default: `unless-sent` for POST, else `freely`. */
  repetition?: Repetition | undefined;
  /** Of a POST that only asks: what it asks, so that its answer can be remembered as a GET's. */
  asks?: string | undefined;
  /** A 401 that carries neither a challenge nor a body says here that the thing does not exist (RFC 7592, 2.1). */
  bare401IsAbsent?: boolean | undefined;
  /** Ends this request, besides the signal of the whole connection. */
  signal?: AbortSignal | undefined;
}

/** A success: any other status is thrown. */
export interface Answer {
  status: number;
  /** Whether the answer asks for credentials (`WWW-Authenticate`). */
  challenged: boolean;
  /** How long the server wants to be left alone, in milliseconds (`Retry-After`). */
  retryAfterMs: number | undefined;
  body: Buffer;
}

export type Send = (request: Request) => Promise<Answer>;

/** Sends nothing and waits for nothing once `signal` is aborted. */
export const bounded =
  (send: Send, signal: AbortSignal): Send =>
  (request) =>
    send({ ...request, signal });

/** The way to one server; every round trip of these clients passes here. */
export interface Transport {
  readonly url: string;
  /** Product and address, for messages. */
  readonly server: string;
  readonly secrets: KnownSecrets;
  send: Send;
  close(): void;
}

/** @throws TypeError when the address or the CA bundle cannot be used */
export function openTransport(product: string, access: ServerAccess, servicePath = 'services'): Transport {
  const url = origin(product, access.url);
  const connections = openConnections(access.ca, access.connect, access.spareConnections);
  const secrets = knownSecrets();
  for (const secret of access.secrets ?? []) secrets.add(secret);
  if (servicePath !== 'services') secrets.add(servicePath);
  const server = `${product} at ${url}`;
  const patience = { ...defaultPatience, ...access.patience };
  const timeoutMs = access.timeoutMs ?? 30_000;
  const over = roundTripsTo(new URL(url));

  const interruptions = ({ signal }: Request) => [access.signal, signal].filter((one) => one !== undefined);
  const interrupted = (request: Request) => interruptions(request).some(({ aborted }) => aborted);

  async function exchange(request: Request): Promise<Answer> {
    const { method, path, soapOperation, query, accept, authorization, body } = request;
    const mayRepeat = repetitionOf(request) === 'freely';
    const {
      status,
      headers,
      body: content,
    } = await over({
      method,
      path: `${path.replace(/^\/services(?=\/)/, `/${servicePath}`)}${queryString(query)}`,
      headers: {
        Accept: accept ?? 'application/json',
        'User-Agent': 'cdr-stack',
        ...(authorization !== undefined && { Authorization: authorization }),
        ...(body !== undefined && { 'Content-Type': body.type }),
        ...(soapOperation !== undefined && { SOAPAction: `"urn:${soapOperation}"` }),
      },
      body: body?.content,
      // The server may be closing a kept connection; then it is unknown whether a creation has arrived.
      agent: mayRepeat || access.looksForLostAnswers ? connections.keptAlive : connections.fresh,
      signals: interruptions(request),
      timeoutMs,
    });
    const retryAfterMs = readRetryAfter(headers['retry-after']);
    return { status, challenged: headers['www-authenticate'] !== undefined, retryAfterMs, body: content };
  }

  async function attempt(request: Request): Promise<Answer> {
    const { method } = request;
    const path = toldPath(request);
    const asked: Asked = { method, path, server };
    if (!isRead(method, path)) await access.beforeWrite?.();
    const started = performance.now();
    let status: number | undefined;
    try {
      const answer = await exchange(request);
      status = answer.status;
      if (status >= 200 && status < 300) return answer;
      const bare = status === 401 && !answer.challenged && answer.body.length === 0;
      const absent = status === 404 || (bare && request.bare401IsAbsent === true);
      const redact = (text: string) =>
        secrets.redact(text, [...(request.body?.secrets ?? []), ...(request.secrets ?? [])]);
      const { retryAfterMs } = answer;
      throw refusal(asked, { status, absent, retryAfterMs, body: answer.body.toString('utf8') }, redact);
    } catch (error) {
      if (error instanceof Wso2Error) throw error;
      if (interrupted(request)) throw aborted(asked);
      if (error instanceof TimeIsOver) throw timedOut(asked, timeoutMs);
      throw noAnswer(asked, url, error, connections);
    } finally {
      access.onCall?.({
        method,
        path,
        status,
        kind: isRead(method, path) ? 'read' : 'write',
        ms: Math.round((performance.now() - started) * 1000) / 1000,
      });
    }
  }

  async function send(request: Request): Promise<Answer> {
    const { method } = request;
    const path = toldPath(request);
    if (interrupted(request)) throw aborted({ method, path, server });
    const signals = interruptions(request);
    try {
      return await withRetries(
        () => attempt(request),
        repetitionOf(request),
        patience,
        signals.length > 1 ? AbortSignal.any(signals) : signals[0],
        ({ message }) => access.onRetry?.({ method, path, reason: message }),
      );
    } catch (error) {
      if (error instanceof Wso2Error || !interrupted(request)) throw error;
      throw aborted({ method, path, server });
    }
  }

  return {
    url,
    server,
    secrets,
    send,
    close: connections.close,
  };
}

const toldPath = ({ path, soapOperation }: Request) =>
  soapOperation === undefined ? path : `${path}/${soapOperation}`;

function repetitionOf({ repetition, method }: Request): Repetition {
  return repetition ?? (method === 'POST' ? 'unless-sent' : 'freely');
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
