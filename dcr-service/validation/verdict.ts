/** The four error codes of RFC 7591, section 3.2.2, and of the CDS enumeration. There is no fifth. */
export type RegistrationErrorCode =
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'invalid_software_statement'
  | 'unapproved_software_statement';

/** One broken rule: the code it is answered with when it comes first, and a sentence that names claim and rule. */
export interface Fault {
  readonly code: RegistrationErrorCode;
  readonly description: string;
}

export type Verdict<T> =
  | { readonly accepted: true; readonly value: T }
  | { readonly accepted: false; readonly error: RegistrationErrorCode; readonly faults: readonly Fault[] };

const longestDescription = 1500;

/** Refuses with the code of the first fault: faults come in the order in which the steps of validation are taken. */
export function refuse(faults: readonly [Fault, ...Fault[]]): Verdict<never> {
  return { accepted: false, error: faults[0].code, faults };
}

/**
 * All faults in one line that fits `error_description`, whose characters RFC 6749, section 5.2, limits to ASCII
 * without quotes.
 */
export function describe(faults: readonly Fault[]): string {
  const sentences = [...new Set(faults.map((fault) => fault.description))].join(' ');
  const printable = sentences.replaceAll('"', "'").replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, '?');
  return printable.length > longestDescription ? `${printable.slice(0, longestDescription - 4)} ...` : printable;
}

/** A value of the caller's, short enough to quote back to it. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return `'${text.length > 80 ? `${text.slice(0, 77)}...` : text}'`;
}
