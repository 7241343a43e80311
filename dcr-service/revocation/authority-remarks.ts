import type { X509Certificate } from 'node:crypto';
import { nameOf, whyNotValid } from '../settings/certificate-words.ts';
import { hasSigned, isOwnIssuer } from './authorities.ts';

/**
 * What an operator should know about the recipients' authorities, one sentence for each. None of it keeps the service from
 * starting: the other authorities may be enough.
 *
 * @param now milliseconds since 1970.
 */
export function remarksOn(authorities: readonly X509Certificate[], now: number): string[] {
  return authorities.flatMap((authority) => {
    const notValid = whyNotValid(authority, now);
    if (notValid !== undefined)
      return [`${nameOf(authority)} ${notValid}: certificates that it issued are refused. Replace it.`];
    const isRoot = isOwnIssuer(authority);
    if (isRoot && !authorities.some((one) => !isOwnIssuer(one) && hasSigned(authority, one)))
      return [
        `The root ${nameOf(authority)} has no issuing CA here: recipients' certificates from one are refused. Add it.`,
      ];
    if (!isRoot && !authorities.some((one) => hasSigned(one, authority)))
      return [
        `The CA that signed ${nameOf(authority)} is missing (${authority.issuer.replaceAll('\n', ', ')}): its revocation is not checked. Add it.`,
      ];
    return [];
  });
}
