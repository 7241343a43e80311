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
