import type { X509Certificate } from 'node:crypto';
import { nameOf } from '../settings/authority-file.ts';

const isRoot = ({ subject, issuer }: X509Certificate) => subject === issuer;

/**
 * What an operator should know of the recipients' authorities, a sentence for each. None of it keeps the service from
 * starting: the other authorities may do.
 *
 * @param now milliseconds since 1970.
 */
export function remarksOn(authorities: readonly X509Certificate[], now: number): string[] {
  const signed = (authority: X509Certificate) => (one: X509Certificate) =>
    !isRoot(one) && one.checkIssued(authority) && one.verify(authority.publicKey);
  return authorities.flatMap((authority) => {
    const { validFromDate, validToDate } = authority;
    if (validToDate.getTime() < now)
      return [`${nameOf(authority)} expired at ${validToDate.toISOString()} and vouches for nobody: take it out.`];
    if (validFromDate.getTime() > now)
      return [`${nameOf(authority)} vouches for nobody before ${validFromDate.toISOString()}.`];
    if (isRoot(authority) && !authorities.some(signed(authority)))
      return [`No issuing CA of the root ${nameOf(authority)} is there: what one has issued is refused. Add it.`];
    if (!isRoot(authority) && !authorities.some((other) => signed(other)(authority)))
      return [
        `The CA that signed ${nameOf(authority)} is not there (${authority.issuer.replaceAll('\n', ', ')}): whether it was revoked is not looked up. Add it.`,
      ];
    return [];
  });
}
