import type { X509Certificate } from 'node:crypto';

/** The name of a certificate on one line. */
export const nameOf = ({ subject, issuer }: X509Certificate): string => (subject || issuer).replaceAll('\n', ', ');

/**
 * Why a certificate is not valid at a moment, as the rest of a sentence about it; undefined if it is valid.
 *
 * @param now milliseconds since 1970.
 */
export function whyNotValid({ validFromDate, validToDate }: X509Certificate, now: number): string | undefined {
  if (validToDate.getTime() < now) return `expired at ${validToDate.toISOString()}`;
  if (validFromDate.getTime() > now) return `is not valid before ${validFromDate.toISOString()}`;
  return undefined;
}
