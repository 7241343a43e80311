import type { Logger } from 'pino';
import { StoreUnavailable } from '../store/registration-store.ts';
import type { RegistrationErrorCode } from '../validation/verdict.ts';

/** One change, or attempted change, of a registration. */
export interface AuditEntry {
  readonly event: 'registration.create' | 'registration.replace' | 'registration.remove' | 'registration.restore';
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
 * Leaves a line about an attempt that an error ends, mostly for want of the store, and throws the error on. For `catch`.
 *
 * @param attempt what is known of it by then.
 */
export function auditFailure(audit: Audit, attempt: Omit<AuditEntry, 'outcome'>): (error: unknown) => never {
  return (error) => {
    const reason = error instanceof StoreUnavailable ? 'store away' : 'failed unexpectedly';
    audit({ ...attempt, outcome: 'unavailable', reason });
    throw error;
  };
}

/**
 * Writes one structured line for each entry; JWTs and tokens are no part of it. Written at `info` whatever else is
 * filtered out, short of `silent`: who sets the level to `error` wants less noise, not less evidence.
 *
 * @param correlationId the id of the request that is being worked on.
 */
export function auditTo(logger: Logger, correlationId: () => string | undefined = () => undefined): Audit {
  const level = logger.level === 'silent' ? 'silent' : 'info';
  const audit = logger.child({ audit: true }, { level });
  return (entry) => audit.info({ ...entry, correlationId: correlationId() }, `${entry.event} ${entry.outcome}`);
}
