/** What the standard leaves to the data holder (the decisions of the specification, as settings). */
export interface ValidationPolicy {
  /** The data holder's issuer: what `aud` of a registration request must contain. */
  readonly issuer: string;
  /** Seconds by which clocks may differ, 0 to 60. */
  readonly clockTolerance: number;
  /** The scopes that this data holder serves: others in a software statement are dropped, never refused. */
  readonly supportedScopes: readonly string[];
  /**
   * false: a missing `authorization_signed_response_alg` is taken for PS256, as the prose of the standard has it,
   * instead of refused.
   */
  readonly requireAuthorizationSignedResponseAlg: boolean;
  /**
   * false: redirect URIs on several hosts need no `sector_identifier_uri`, as for an app beside a web site; the standard
   * wants one.
   */
  readonly requireSectorIdentifier: boolean;
}

/** The moment at which a JWT is judged. */
export interface Moment {
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds. */
  readonly tolerance: number;
}

/** A moment for people; dates beyond JavaScript's range are shown as the number that came. */
export function timestamp(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString();
}

/** `exp` against the clock: RFC 7519, section 4.1.4. */
export function hasNotExpired(exp: number, { now, tolerance }: Moment): string | undefined {
  return exp > now - tolerance ? undefined : `says that the JWT expired at ${timestamp(exp)}`;
}

/** `nbf` (RFC 7519, section 4.1.5) and, by the same measure, `iat`. */
export function isNotInTheFuture(time: number, { now, tolerance }: Moment): string | undefined {
  return time <= now + tolerance ? undefined : `lies in the future (${timestamp(time)})`;
}
