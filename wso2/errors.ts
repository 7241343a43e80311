/** What a caller can decide on. */
export type Wso2ErrorCode =
  | 'unreachable'
  | 'untrusted'
  | 'timeout'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rejected'
  | 'server-error'
  | 'scope-not-granted'
  | 'unexpected-answer'
  | 'aborted';

export interface Wso2ErrorDetails {
  method?: string | undefined;
  /** Without query. */
  path?: string | undefined;
  status?: number | undefined;
  /** WSO2's own number, such as 900967; see `wso2-codes.ts`. */
  wso2Code?: number | undefined;
  /** OAuth's own word, such as `invalid_client` (RFC 6749, 5.2). */
  oauthError?: string | undefined;
  /** The server's own words, secrets removed: for people; nothing decides by them. */
  description?: string | undefined;
  /** How long the server wants to be left alone. */
  retryAfterMs?: number | undefined;
}

/** The one error of these clients. It never holds a request, a header or a secret. */
export class Wso2Error extends Error {
  override readonly name = 'Wso2Error';
  readonly code: Wso2ErrorCode;
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly status: number | undefined;
  readonly wso2Code: number | undefined;
  readonly oauthError: string | undefined;
  readonly description: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: Wso2ErrorCode, message: string, details: Wso2ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.method = details.method;
    this.path = details.path;
    this.status = details.status;
    this.wso2Code = details.wso2Code;
    this.oauthError = details.oauthError;
    this.description = details.description;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * Whether it is unknown if a write took effect: it was sent, and the response, if any, does not say. Read the state before you send the
 * write again.
 */
export function mayHaveHappened(error: unknown): boolean {
  if (!(error instanceof Wso2Error) || error.method === undefined || error.method === 'GET') return false;
  if (error.code === 'server-error') return (error.wso2Code ?? 0) < 900_000;
  return error.code === 'unreachable' || error.code === 'timeout';
}
