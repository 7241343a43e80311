import { DocumentUnavailable } from '../keys/document-fetch.ts';

/** What an authority has signed about which of its certificates are revoked: a list, or an answer about one. */
export interface RevocationEvidence {
  /** Milliseconds since 1970; from then on it says nothing. */
  readonly nextUpdate: number;
  /**
   * Whether the certificate is revoked.
   *
   * @param serialNumber hexadecimal, as node:crypto has it.
   */
  names(serialNumber: string): boolean;
}

/** It says nothing; the message is the rest of a sentence about it. */
export class EvidenceUnusable extends DocumentUnavailable {}

/** Serial numbers as they are compared; hexadecimal. */
export const comparable = (serialNumber: string) => serialNumber.toLowerCase().replace(/^0+(?=.)/, '');

/** How far the clock of an authority may be ahead of ours, in milliseconds. */
const ahead = 60_000;

/**
 * Evidence counts from its thisUpdate to its nextUpdate. All in milliseconds since 1970.
 *
 * @throws EvidenceUnusable outside.
 */
export function mustBeCurrent(thisUpdate: number, nextUpdate: number, now: number): void {
  if (nextUpdate <= now) throw new EvidenceUnusable(`it expired at ${new Date(nextUpdate).toISOString()}`);
  if (thisUpdate > now + ahead) throw new EvidenceUnusable('it is not valid yet');
}
