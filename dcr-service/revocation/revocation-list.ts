// @peculiar/x509 finds its parts by decorators, which need this first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { EvidenceUnusable, type RevocationEvidence } from './revocation-evidence.ts';

const issuingDistributionPoint = '2.5.29.28';
const unusable = (reason: string) => new EvidenceUnusable(reason);
const normal = (serialNumber: string) => serialNumber.toLowerCase().replace(/^0+(?=.)/, '');

/**
 * Whether a list covers only some of what its issuer has revoked: RFC 5280, section 5.2.5. Of the extension's members,
 * all of them tagged by context, 0 (where the list is) and 1 (only certificates that are no authority's) leave our
 * recipients in it.
 */
function isPartial(extension: x509.Extension): boolean {
  const der = Buffer.from(extension.value);
  let at = 2;
  while (at < der.length) {
    const tag = der.readUInt8(at) & 0x1f;
    if (tag > 1) return true;
    const length = der[at + 1] ?? 0x80;
    // Longer members than this would need more bytes for their length: no address of a list does.
    if (length >= 0x80) return true;
    at += 2 + length;
  }
  return false;
}

/**
 * Reads a certificate revocation list (RFC 5280, section 5), in DER, and verifies it.
 *
 * @param authority PEM of the authority that issued the certificates in question: nobody else's word counts.
 * @param now milliseconds since 1970.
 * @throws EvidenceUnusable, the message is the rest of a sentence about the list.
 */
export async function readRevocationList(der: Buffer, authority: string, now: number): Promise<RevocationEvidence> {
  let list: x509.X509Crl;
  try {
    list = new x509.X509Crl(Uint8Array.from(der));
  } catch {
    throw unusable('it is no certificate revocation list in DER');
  }
  const issuer = new x509.X509Certificate(authority);
  if (list.issuer !== issuer.subject) throw unusable(`its issuer is '${list.issuer}', not '${issuer.subject}'`);
  if (list.signatureAlgorithm.hash.name === 'SHA-1') throw unusable('it is signed with SHA-1');
  const verified = await list.verify({ publicKey: issuer.publicKey }).catch(() => false);
  if (!verified) throw unusable('its signature does not verify');
  // RFC 5280, section 5.2: what is critical must be understood, or the list must not be used. Delta lists are so marked.
  for (const extension of list.extensions.filter(({ critical }) => critical)) {
    if (extension.type !== issuingDistributionPoint || isPartial(extension))
      throw unusable(`it has a critical extension that is not understood (${extension.type})`);
  }
  const nextUpdate = list.nextUpdate?.getTime();
  if (nextUpdate === undefined) throw unusable('it does not say when the next one is due');
  if (nextUpdate <= now) throw unusable(`it ran out at ${new Date(nextUpdate).toISOString()}`);
  if (list.thisUpdate.getTime() > now + 60_000) throw unusable('it is not valid yet');
  const revoked = new Set(list.entries.map(({ serialNumber }) => normal(serialNumber)));
  return { nextUpdate, names: (serialNumber) => revoked.has(normal(serialNumber)) };
}

/** Where the list is that covers a certificate (RFC 5280, section 4.2.1.13), as http and https URLs. */
export function distributionPoints(certificate: Buffer): string[] {
  const parsed = new x509.X509Certificate(Uint8Array.from(certificate));
  const points = parsed.getExtension(x509.CRLDistributionPointsExtension)?.distributionPoints ?? [];
  return points
    .flatMap(({ distributionPoint }) => distributionPoint?.fullName ?? [])
    .flatMap(({ uniformResourceIdentifier: url }) => (url && /^https?:\/\//i.test(url) ? [url] : []));
}
