import { createHash, createPublicKey, createSign, X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import type { Authority } from '../../pki/issue-certificate.ts';

// By hand on purpose: dcr-service reads answers and writes questions by a library's schemas, and two implementations that
// share nothing check each other.
const basicResponse = '1.3.6.1.5.5.7.48.1.1';
const sha256WithRsa = '1.2.840.113549.1.1.11';
const minute = 60 * 1000;

export interface OcspAnswer {
  /** Of the certificate in question. Default: for an hour from now. */
  readonly validity?: { readonly thisUpdate: Date; readonly nextUpdate?: Date };
  /** Who signs: by default the authority; else one to whom it has given a certificate (PEM, the first counts), which is enclosed. */
  readonly responder?: { readonly certificate: string; readonly key: string };
}

export type CertificateStatus = 'good' | 'revoked' | 'unknown';

/** What is asked: RFC 6960, section 4.1.1, as DER, and the serial number in it (lower-case hexadecimal). */
export interface OcspQuestion {
  readonly id: asn1.Sequence;
  readonly serialNumber: string;
}

/** Reads the first question of a request; undefined if the bytes are not an OCSP request. */
export function readOcspQuestion(der: Buffer): OcspQuestion | undefined {
  let block: unknown = asn1.fromBER(Uint8Array.from(der)).result;
  // OCSPRequest { tbsRequest { requestList { Request { reqCert } } } }
  for (let depth = 0; depth < 4; depth += 1) {
    if (!(block instanceof asn1.Sequence)) return undefined;
    block = block.valueBlock.value[0];
  }
  const serialNumber = block instanceof asn1.Sequence ? block.valueBlock.value[3] : undefined;
  if (!(block instanceof asn1.Sequence) || !(serialNumber instanceof asn1.Integer)) return undefined;
  return { id: block, serialNumber: serialNumber.toBigInt().toString(16) };
}

/** A signed answer to one question (RFC 6960, section 4.2), in DER. */
export function ocspResponse(
  { id }: OcspQuestion,
  status: CertificateStatus,
  authority: Authority,
  { validity, responder }: OcspAnswer = {},
): Buffer {
  const { thisUpdate, nextUpdate } = validity ?? { thisUpdate: before(minute), nextUpdate: before(-60 * minute) };
  const single = sequence(
    id,
    statusBlock(status),
    new asn1.GeneralizedTime({ valueDate: thisUpdate }),
    ...(nextUpdate ? [context(0, [new asn1.GeneralizedTime({ valueDate: nextUpdate })])] : []),
  );
  const signer = responder ?? authority;
  const signed = sequence(
    context(2, [new asn1.OctetString({ valueHex: keyHash(signer.key) })]),
    new asn1.GeneralizedTime({ valueDate: new Date() }),
    sequence(single),
  );
  const signature = createSign('sha256').update(Buffer.from(signed.toBER())).sign(signer.key);
  const basic = sequence(
    signed,
    sequence(new asn1.ObjectIdentifier({ value: sha256WithRsa }), new asn1.Null()),
    new asn1.BitString({ valueHex: Uint8Array.from(signature) }),
    ...(responder ? [context(0, [sequence(certificateBlock(responder.certificate))])] : []),
  );
  return response(0, [
    context(0, [
      sequence(new asn1.ObjectIdentifier({ value: basicResponse }), new asn1.OctetString({ valueHex: basic.toBER() })),
    ]),
  ]);
}

/** What a responder says to what is no question, and to one that it has no answer for: its status alone. */
export const ocspRefusal = (status: 'malformedRequest' | 'unauthorized'): Buffer =>
  response({ malformedRequest: 1, unauthorized: 6 }[status], []);

const before = (milliseconds: number) => new Date(Date.now() - milliseconds);
const sequence = (...value: asn1.AsnType[]) => new asn1.Sequence({ value });
const context = (tagNumber: number, value: asn1.AsnType[]) =>
  new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber }, value });
const response = (status: number, value: asn1.AsnType[]) =>
  Buffer.from(sequence(new asn1.Enumerated({ value: status }), ...value).toBER());

function statusBlock(status: CertificateStatus): asn1.AsnType {
  if (status === 'revoked') return context(1, [new asn1.GeneralizedTime({ valueDate: before(2 * minute) })]);
  return new asn1.Primitive({ idBlock: { tagClass: 3, tagNumber: status === 'good' ? 0 : 2 } });
}

function keyHash(key: string): Buffer {
  const { n = '', e = '' } = createPublicKey(key).export({ format: 'jwk' });
  const integer = (text: string) =>
    new asn1.Integer({ valueHex: Buffer.concat([Buffer.of(0), Buffer.from(text, 'base64url')]) });
  const der = sequence(integer(n), new asn1.Integer({ valueHex: Buffer.from(e, 'base64url') })).toBER();
  return createHash('sha1').update(Buffer.from(der)).digest();
}

function certificateBlock(pem: string): asn1.AsnType {
  return asn1.fromBER(Uint8Array.from(new X509Certificate(pem).raw)).result;
}
