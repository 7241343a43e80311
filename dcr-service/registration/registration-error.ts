import { describe, type Fault, type RegistrationErrorCode } from '../validation/verdict.ts';

/** The caller's request cannot be accepted: 400 with one of the four codes. */
export interface Rejected {
  readonly outcome: 'rejected';
  readonly error: RegistrationErrorCode;
  readonly description: string;
}

/** The registration does not exist, or no longer exists. */
export interface Unknown {
  readonly outcome: 'unknown';
}

/** Nothing was changed, or the change is being undone; the same request may be sent again. */
export interface Unavailable {
  readonly outcome: 'unavailable';
  /** Whether waiting is likely to help, or a server refused what we asked. */
  readonly reason: 'busy' | 'away' | 'refused';
  readonly description: string;
  /** Seconds until it makes sense to ask again. */
  readonly retryAfter: number;
}

/** Somebody else is at work on the same registration. */
export function busy(description: string, retryAfter = 5): Unavailable {
  return { outcome: 'unavailable', reason: 'busy', description, retryAfter };
}

export const anotherChange = busy('Another change of this registration is under way; send the request again.');

/** The time for the request is over, and it has changed nothing yet. */
export const outOfTime: Unavailable = {
  outcome: 'unavailable',
  reason: 'away',
  description: 'The request could not be judged in time. Nothing was changed; the same request may be sent again.',
  retryAfter: 5,
};

export function rejectedFor(error: RegistrationErrorCode, faults: readonly Fault[]): Rejected {
  return { outcome: 'rejected', error, description: describe(faults) };
}

/** A genuine statement of a product that the Register has removed since: RFC 7591, section 3.2.2. */
export const removedProduct = rejectedFor('unapproved_software_statement', [
  {
    code: 'unapproved_software_statement',
    description: 'The CDR Register has the status REMOVED for the software product of the software_statement.',
  },
]);

/** The servers could not know a client of this product by a name of its own. */
export function unusableId(complaint: string): Rejected {
  const code = 'invalid_software_statement';
  return rejectedFor(code, [{ code, description: `software_statement: The 'software_id' claim ${complaint}.` }]);
}

/** A JWT that was used before. */
export const replayedRequest = rejectedFor('invalid_client_metadata', [
  { code: 'invalid_client_metadata', description: 'JTI value of the registration request has been replayed.' },
]);
