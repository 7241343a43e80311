// @peculiar/x509 finds its parts by decorators, which need this first.
import 'reflect-metadata';
import { createHash, type X509Certificate } from 'node:crypto';
import { CertID, OCSPRequest, Request, TBSRequest } from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';

/** How OCSP names a certificate: RFC 6960, section 4.1.1. */
export interface CertificateId {
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  /** Hexadecimal, as node:crypto has it. */
  readonly serialNumber: string;
}

/** What RFC 5019, section 2.1.1, has every responder understand. It names an authority that we know; nothing rests on it. */
export const sha1 = '1.3.14.3.2.26';

export async function certificateId(certificate: X509Certificate, issuer: X509Certificate): Promise<CertificateId> {
  const { subjectName, publicKey } = new x509.X509Certificate(Uint8Array.from(issuer.raw));
  return {
    issuerNameHash: createHash('sha1').update(Buffer.from(subjectName.toArrayBuffer())).digest(),
    issuerKeyHash: Buffer.from(await publicKey.getKeyIdentifier('SHA-1')),
    serialNumber: certificate.serialNumber,
  };
}

/**
 * The URL that asks a responder about one certificate, by GET (RFC 6960, appendix A.1), so that it may answer from a cache
 * as we do: without a nonce.
 */
export function questionUrl(responder: string, id: CertificateId): string {
  // A positive INTEGER: its first bit is its sign.
  const serialNumber = Buffer.from(/^[89A-F]/i.test(id.serialNumber) ? `00${id.serialNumber}` : id.serialNumber, 'hex');
  const reqCert = new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: sha1, parameters: null }),
    issuerNameHash: new OctetString(id.issuerNameHash),
    issuerKeyHash: new OctetString(id.issuerKeyHash),
    serialNumber: Uint8Array.from(serialNumber).buffer,
  });
  const tbsRequest = new TBSRequest({ requestList: [new Request({ reqCert })] });
  const der = Buffer.from(AsnConvert.serialize(new OCSPRequest({ tbsRequest })));
  return `${responder.replace(/\/$/, '')}/${encodeURIComponent(der.toString('base64'))}`;
}

/** Where a certificate's authority answers such questions (RFC 5280, section 4.2.2.1), as http and https URLs. */
export function responders(certificate: Buffer): string[] {
  const parsed = new x509.X509Certificate(Uint8Array.from(certificate));
  const { ocsp = [] } = parsed.getExtension(x509.AuthorityInfoAccessExtension) ?? {};
  return ocsp.flatMap(({ type, value }) => (type === 'url' && /^https?:\/\//i.test(value) ? [value] : []));
}
