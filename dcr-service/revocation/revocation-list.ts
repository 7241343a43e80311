// @peculiar/x509 finds its parts by decorators, which need this first.
import 'reflect-metadata';
import { AsnConvert } from '@peculiar/asn1-schema';
import { IssuingDistributionPoint, id_ce_issuingDistributionPoint } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import { comparable, EvidenceUnusable, mustBeCurrent, type RevocationEvidence } from './revocation-evidence.ts';

/** Of which certificates a list is asked: those of recipients, or those of authorities. */
export type ListedKind = 'leaf' | 'authority';

/** Whether a list covers only some of those certificates of a kind that its issuer has revoked: RFC 5280, section 5.2.5. */
function isPartial({ value }: x509.Extension, kind: ListedKind): boolean {
  try {
    const scope = AsnConvert.parse(value, IssuingDistributionPoint);
    const { onlyContainsCACerts, onlyContainsUserCerts, onlySomeReasons, indirectCRL, onlyContainsAttributeCerts } =
      scope;
    const others = kind === 'leaf' ? onlyContainsCACerts : onlyContainsUserCerts;
    return others || onlySomeReasons !== undefined || indirectCRL || onlyContainsAttributeCerts;
  } catch {
    return true;
  }
}

/**
 * Reads a certificate revocation list (RFC 5280, section 5), in DER, and verifies it.
 *
 * @param authority PEM of the authority that issued the certificates in question: no other issuer is accepted.
 * @param now milliseconds since 1970.
 * @throws EvidenceUnusable, the message is the rest of a sentence about the list.
 */
export async function readRevocationList(
  der: Buffer,
  authority: string,
  now: number,
  kind: ListedKind = 'leaf',
): Promise<RevocationEvidence> {
  let list: x509.X509Crl;
  try {
    list = new x509.X509Crl(Uint8Array.from(der));
  } catch {
    throw new EvidenceUnusable('it is no certificate revocation list in DER');
  }
  const issuer = new x509.X509Certificate(authority);
  if (list.issuer !== issuer.subject)
    throw new EvidenceUnusable(`its issuer is '${list.issuer}', not '${issuer.subject}'`);
  if (list.signatureAlgorithm.hash.name === 'SHA-1') throw new EvidenceUnusable('it is signed with SHA-1');
  const verified = await list.verify({ publicKey: issuer.publicKey }).catch(() => false);
  if (!verified) throw new EvidenceUnusable('its signature does not verify');
  // RFC 5280, section 5.2: what is critical must be understood, or the list must not be used. Delta lists are so marked.
  for (const extension of list.extensions.filter(({ critical }) => critical)) {
    if (extension.type !== id_ce_issuingDistributionPoint || isPartial(extension, kind))
      throw new EvidenceUnusable(`it has a critical extension that is not understood (${extension.type})`);
  }
  const nextUpdate = list.nextUpdate?.getTime();
  if (nextUpdate === undefined) throw new EvidenceUnusable('it does not say when the next one is due');
  mustBeCurrent(list.thisUpdate.getTime(), nextUpdate, now);
  const revoked = new Set(list.entries.map(({ serialNumber }) => comparable(serialNumber)));
  return { nextUpdate, names: (serialNumber) => revoked.has(comparable(serialNumber)) };
}

/** Where the list is that covers a certificate (RFC 5280, section 4.2.1.13), as http and https URLs. */
export function distributionPoints(certificate: Buffer): string[] {
  const parsed = new x509.X509Certificate(Uint8Array.from(certificate));
  const points = parsed.getExtension(x509.CRLDistributionPointsExtension)?.distributionPoints ?? [];
  return points
    .flatMap(({ distributionPoint }) => distributionPoint?.fullName ?? [])
    .flatMap(({ uniformResourceIdentifier: url }) => (url && /^https?:\/\//i.test(url) ? [url] : []));
}
