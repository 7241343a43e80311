import type { Logger } from 'pino';

/** One change, or attempted change, of a registration. */
export interface AuditEntry {
  readonly event: 'registration.create' | 'registration.replace' | 'registration.remove';
  readonly outcome: 'done' | 'rejected' | 'unavailable' | 'unknown';
  readonly softwareId?: string | undefined;
  readonly clientId?: string | undefined;
  /** SHA-256 of the recipient's certificate, base64url; absent when the reconciler acts. */
  readonly certificate?: string | undefined;
  /** Error code or failed step. */
  readonly reason?: string | undefined;
}

export type Audit = (entry: AuditEntry) => void;

/** Writes one structured line for each entry; JWTs and tokens are no part of it. */
export function auditTo(logger: Logger): Audit {
  const audit = logger.child({ audit: true });
  return (entry) => audit.info(entry, `${entry.event} ${entry.outcome}`);
}
