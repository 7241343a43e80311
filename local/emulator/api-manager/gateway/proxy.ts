import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type Agent, request as tlsRequest } from 'node:https';
import { finished, pipeline, type Readable, Transform } from 'node:stream';
import { removeHopByHop, type TransportHeaders } from './transport-headers.ts';

/** Synapse's code for what went wrong between gateway and endpoint, with fault.xml's description. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
  readonly code: 101500 | 101503 | 101504;
  readonly description: string;
  constructor(code: EndpointError['code'], description: string, cause: unknown) {
    super(`${description}: ${(cause as Error).message}`, { cause });
    this.code = code;
    this.description = description;
  }
}

/** A request's body is longer than the gateway takes. */
export class BodyTooLongError extends Error {
  override readonly name = 'BodyTooLongError';
}

/** Bytes of a request's body. */
const BODY_LIMIT = 10 * 1024 * 1024;
/** Axis2's time-out for an endpoint, in milliseconds: short enough for a person who waits. */
export const ENDPOINT_TIMEOUT_MS = 60_000;

export interface Forwarded {
  method: string;
  /** With the query string, as it came: a URL would take `..` for a step up. */
  path: string;
  headers: TransportHeaders;
  /** The body as it comes in, or one that a policy made. */
  body: Readable | string;
}

/**
 * Sends a request to an endpoint and waits for the head of its answer.
 * @throws {EndpointError} for a connection that is refused, not trusted, broken, or silent for `timeoutMs`.
 * @throws {BodyTooLongError} when the request's body is over 10 MiB.
 */
export function sendToEndpoint(
  endpoint: URL,
  { method, path, headers, body }: Forwarded,
  agent: Agent,
  timeoutMs = ENDPOINT_TIMEOUT_MS,
): Promise<IncomingMessage> {
  const chunked = headers.get('transfer-encoding') !== undefined && headers.get('content-length') === undefined;
  removeHopByHop(headers);
  headers.set('Host', endpoint.host);
  // This gateway has answered 100 Continue itself.
  headers.remove('expect');
  // Said outright: node frames the body of a DELETE in no way by itself.
  if (chunked && typeof body !== 'string') headers.set('Transfer-Encoding', 'chunked');
  if (typeof body === 'string') headers.set('Content-Length', String(Buffer.byteLength(body)));
  const options = { method, path, headers: headers.toHttp(), timeout: timeoutMs };
  const outgoing =
    endpoint.protocol === 'https:' ? tlsRequest(endpoint, { ...options, agent }) : plainRequest(endpoint, options);

  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('timeout', () =>
      outgoing.destroy(new EndpointError(101504, 'Send timeout', { message: endpoint.host })),
    );
    outgoing.once('error', (cause) => reject(endpointError(cause)));
    if (typeof body === 'string') outgoing.end(body);
    else {
      const counted = body.pipe(limited());
      // Of the three only the caller's stream survives a failure of the others, to carry the response.
      finished(body, (cause) => cause && counted.destroy(cause));
      // A failure of the body is reported before that of the connection, which it causes.
      pipeline(counted, outgoing, (cause) => cause instanceof BodyTooLongError && reject(cause));
    }
  });
}

function limited(): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > BODY_LIMIT) done(new BodyTooLongError(`The body is longer than ${BODY_LIMIT} bytes.`));
      else done(null, chunk);
    },
  });
}

const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'];

function endpointError(cause: NodeJS.ErrnoException): Error {
  if (cause instanceof EndpointError) return cause;
  if (NOT_CONNECTED.includes(cause.code ?? '')) {
    return new EndpointError(101503, 'Error connecting to the back end', cause);
  }
  // A certificate that is not trusted, a handshake that the endpoint refuses, a connection that breaks.
  return new EndpointError(101500, 'Error in Sender', cause);
}
