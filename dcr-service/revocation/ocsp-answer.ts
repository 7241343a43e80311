import { verify, X509Certificate } from 'node:crypto';
import {
  BasicOCSPResponse,
  id_kp_OCSPSigning,
  id_pkix_ocsp_basic,
  OCSPResponse,
  OCSPResponseStatus,
  type SingleResponse,
} from '@peculiar/asn1-ocsp';
import { AsnConvert } from '@peculiar/asn1-schema';
import { type CertificateId, sha1 } from './ocsp-question.ts';
import { comparable, EvidenceUnusable, mustBeCurrent, type RevocationEvidence } from './revocation-evidence.ts';

const fiveMinutes = 5 * 60_000;

/** By the OID of the signature's algorithm: what authorities sign with. SHA-1 is not among them. */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

function parsed<T>(der: ArrayBuffer | ArrayBufferView, type: new () => T): T | undefined {
  try {
    return AsnConvert.parse(der, type);
  } catch {
    return undefined;
  }
}

/** The authority itself, or a responder that this authority has delegated to (RFC 6960, section 4.2.2.2). */
function signers(authority: X509Certificate, { certs = [] }: BasicOCSPResponse, now: number): X509Certificate[] {
  const delegates = certs
    .map((enclosed) => new X509Certificate(Buffer.from(AsnConvert.serialize(enclosed))))
    .filter(
      (one) =>
        one.checkIssued(authority) &&
        one.verify(authority.publicKey) &&
        one.keyUsage?.includes(id_kp_OCSPSigning) &&
        one.validFromDate.getTime() <= now &&
        now <= one.validToDate.getTime(),
    );
  return [authority, ...delegates];
}

function verifies(basic: BasicOCSPResponse, authority: X509Certificate, now: number): boolean {
  const { tbsResponseDataRaw: signed, signatureAlgorithm, signature } = basic;
  const hash = hashes[signatureAlgorithm.algorithm];
  if (hash === undefined)
    throw new EvidenceUnusable(`it is signed by an algorithm that is not accepted (${signatureAlgorithm.algorithm})`);
  // What was signed are the bytes as they came, never what the parser would write in their place.
  if (signed === undefined) return false;
  return signers(authority, basic, now).some(({ publicKey }) =>
    verify(hash, Buffer.from(signed), publicKey, Buffer.from(signature)),
  );
}

function isAbout({ issuerNameHash, issuerKeyHash, serialNumber }: CertificateId, { certID }: SingleResponse): boolean {
  return (
    certID.hashAlgorithm.algorithm === sha1 &&
    issuerNameHash.equals(Buffer.from(certID.issuerNameHash.buffer)) &&
    issuerKeyHash.equals(Buffer.from(certID.issuerKeyHash.buffer)) &&
    comparable(Buffer.from(certID.serialNumber).toString('hex')) === comparable(serialNumber)
  );
}

/**
 * Reads a responder's answer about one certificate (RFC 6960, section 4.2), in DER, and verifies it.
 *
 * @param authority the issuer of the certificate.
 * @param now milliseconds since 1970.
 * @throws EvidenceUnusable, the message is the rest of a sentence about the answer.
 */
export function readOcspAnswer(
  der: Buffer,
  id: CertificateId,
  authority: X509Certificate,
  now: number,
): RevocationEvidence {
  const answer = parsed(der, OCSPResponse);
  if (!answer) throw new EvidenceUnusable('it is not an OCSP response in DER');
  const { responseStatus: status, responseBytes } = answer;
  if (status !== OCSPResponseStatus.successful)
    throw new EvidenceUnusable(`the responder refused with ${OCSPResponseStatus[status] ?? `status ${status}`}`);
  const basic =
    responseBytes?.responseType === id_pkix_ocsp_basic ? parsed(responseBytes.response, BasicOCSPResponse) : undefined;
  if (!basic) throw new EvidenceUnusable('it is not a basic OCSP response');
  if (!verifies(basic, authority, now)) throw new EvidenceUnusable('its signature does not verify');

  const single = basic.tbsResponseData.responses.find((one) => isAbout(id, one));
  if (!single) throw new EvidenceUnusable('it is about another certificate');
  const thisUpdate = single.thisUpdate.getTime();
  // Without nextUpdate a newer response is always available (section 4.2.2.1): ask again soon.
  const nextUpdate = single.nextUpdate?.getTime() ?? thisUpdate + fiveMinutes;
  mustBeCurrent(thisUpdate, nextUpdate, now);
  // `good` is an ASN.1 NULL, and null when it was said.
  const { good, revoked } = single.certStatus;
  if (good === undefined && revoked === undefined)
    throw new EvidenceUnusable('the responder does not know the certificate');
  return { nextUpdate, names: () => revoked !== undefined };
}
