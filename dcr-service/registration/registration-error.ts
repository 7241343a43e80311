import { describe, type Fault, type RegistrationErrorCode } from '../validation/verdict.ts';

/** The caller's request cannot be accepted: 400 with one of the four codes. */
export interface Rejected {
  readonly outcome: 'rejected';
  readonly error: RegistrationErrorCode;
  readonly description: string;
}

/** There is no such registration, or there is none any more. */
export interface Unknown {
  readonly outcome: 'unknown';
}

/** Nothing was changed, or what was changed is being put in order; the same request may be sent again. */
export interface Unavailable {
  readonly outcome: 'unavailable';
  /** Whether waiting is likely to help, or a server refused what we asked. */
  readonly reason: 'busy' | 'away' | 'refused';
  readonly description: string;
}

export function rejectedFor(error: RegistrationErrorCode, faults: readonly Fault[]): Rejected {
  return { outcome: 'rejected', error, description: describe(faults) };
}
