/** An answer that is no success: RFC 6749, section 5.2, has the same two members for every endpoint of OAuth. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly error: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param description goes to the caller: ASCII without double quotes, nothing internal. */
  constructor(status: number, error: string, description: string, headers: Readonly<Record<string, string>> = {}) {
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
