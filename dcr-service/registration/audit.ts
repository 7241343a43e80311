import type { Logger } from 'pino';
import type { RegistrationErrorCode } from '../validation/verdict.ts';

/** One change, or attempted change, of a registration. */
export interface AuditEntry {
  readonly event:
    | 'registration.create'
    | 'registration.replace'
    | 'registration.remove'
    | 'registration.restore'
    | 'registration.align';
  readonly outcome: 'done' | 'rejected' | 'unavailable';
  readonly softwareId?: string | undefined;
  readonly clientId?: string | undefined;
  /** SHA-256 of the recipient's certificate, base64url; absent when the reconciler acts. */
  readonly certificate?: string | undefined;
  /** Who, when it is no recipient: the Register's word, or an operator. */
  readonly by?: string | undefined;
  /** The error code that the caller was answered with, of what was rejected. */
  readonly code?: RegistrationErrorCode | undefined;
  /** Why: `replayed`, `duplicate`, `store away`, `out of time`, the failed step, or the code once more where it says all. */
  readonly reason?: string | undefined;
}

export type Audit = (entry: AuditEntry) => void;

/**
 * Writes one structured line for each entry; JWTs and tokens are no part of it. Written at `info` whatever else is
 * filtered out, short of `silent`: who sets the level to `error` wants less noise, not less evidence.
 *
 * @param correlationId the id of the request that is being worked on.
 */
export function auditTo(logger: Logger, correlationId: () => string | undefined = () => undefined): Audit {
  const level = logger.level === 'silent' ? 'silent' : 'info';
  const audit = logger.child({ audit: true }, { level });
  // Every line has its members in one order, whatever was known first.
  return ({ event, outcome, softwareId, clientId, ...others }) =>
    audit.info(
      { event, outcome, softwareId, clientId, ...others, correlationId: correlationId() },
      `${event} ${outcome}`,
    );
}
