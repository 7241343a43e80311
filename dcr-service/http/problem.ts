import type { RegistrationErrorCode } from '../validation/verdict.ts';

/** Every error that is not one of RFC 7591's four: the page of the documentation is generated from this. */
export const problems = {
  invalid_request: {
    status: '400, 408, 414, 431',
    when: 'the HTTP request itself is malformed, does not end in time, or has too long a path or headers',
  },
  invalid_token: {
    status: '401',
    when: 'the access token is missing, expired, revoked, bound to another certificate or of another client; or the client does not exist. `WWW-Authenticate: Bearer` says which; without a token it has no parameters',
  },
  insufficient_scope: {
    status: '403',
    when: "the access token lacks `cdr:registration`, or is a consumer's; at the recipient gate: it is the client's own, or has a scope that is not registered",
  },
  adr_status_not_active: {
    status: '403',
    when: 'at the recipient gate: the software product is INACTIVE, or its data recipient SUSPENDED, in the Register',
  },
  client_certificate_required: { status: '403', when: 'the gateway forwarded no client certificate' },
  client_certificate_error: {
    status: '403',
    when: 'the header does not hold exactly one client certificate; or the certificate is unreadable, not valid today, not for client authentication, that of a certificate authority, not from a known authority, or revoked, as its authority may be',
  },
  not_found: { status: '404', when: 'there is no such resource' },
  method_not_allowed: {
    status: '405',
    when: 'the resource does not support the method; `Allow` lists those that it supports',
  },
  request_too_large: { status: '413', when: 'the body exceeds 64 kB' },
  unsupported_media_type: { status: '415', when: 'the body of POST or PUT is not `application/jwt`' },
  too_many_requests: {
    status: '429',
    when: 'this client certificate has sent more than `DCR_RATE_LIMIT` requests in a minute; `Retry-After` says when to continue',
  },
  server_error: {
    status: '500, 502',
    when: 'an operator has to look into it: the gateway is not provisioned correctly, or Identity Server or API Manager refused a call',
  },
  temporarily_unavailable: {
    status: '503',
    when: 'a required server does not answer, or another change is in progress; nothing was changed, or the change is being undone; `Retry-After`',
  },
} as const;

export type ProblemCode = keyof typeof problems;

/** An error response: RFC 6749, section 5.2, has the same two members for every endpoint of OAuth. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly error: ProblemCode | RegistrationErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  /** @param description goes to the caller: ASCII without double quotes, nothing internal. */
  constructor(
    status: number,
    error: ProblemCode | RegistrationErrorCode,
    description: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

/** 401 and 403 as RFC 6750, section 3, has them; `error` is left out when no token was sent at all. */
export function bearerProblem(
  status: 401 | 403,
  error: 'invalid_token' | 'insufficient_scope' | undefined,
  description: string,
): Problem {
  const scope = error === 'insufficient_scope' ? ', scope="cdr:registration"' : '';
  const challenge = error ? `Bearer error="${error}", error_description="${description}"${scope}` : 'Bearer';
  return new Problem(status, error ?? 'invalid_token', description, { 'www-authenticate': challenge });
}

/** Something that we need to judge the request does not answer. */
export function notNow(description: string): Problem {
  return new Problem(503, 'temporarily_unavailable', `${description} Send the request again.`, { 'retry-after': '5' });
}

export function unsupportedMediaType(): Problem {
  const description = 'The body must be a signed JWT with the media type application/jwt.';
  return new Problem(415, 'unsupported_media_type', description);
}
