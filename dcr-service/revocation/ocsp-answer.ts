import { verify, X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import { type CertificateId, sha1 } from './ocsp-question.ts';
import { EvidenceUnusable, type RevocationEvidence } from './revocation-evidence.ts';

const basicResponse = '1.3.6.1.5.5.7.48.1.1';
const ocspSigning = '1.3.6.1.5.5.7.3.9';
const minute = 60_000;

/** By the OID of the signature's algorithm: what authorities sign with. SHA-1 is not among them. */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/** RFC 6960, section 4.2.1: OCSPResponseStatus. */
const refusals: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};

const unusable = (reason: string) => new EvidenceUnusable(reason);
const tagged = (tagNumber: number, value: asn1.AsnType[] = []) => ({
  optional: true,
  idBlock: { tagClass: 3, tagNumber },
  value,
});
const algorithm = (name: string) =>
  new asn1.Sequence({ value: [new asn1.ObjectIdentifier({ name }), new asn1.Any({ optional: true })] });

const answerSchema = new asn1.Sequence({
  value: [
    new asn1.Enumerated({ name: 'status' }),
    new asn1.Constructed(
      tagged(0, [
        new asn1.Sequence({
          value: [new asn1.ObjectIdentifier({ name: 'type' }), new asn1.OctetString({ name: 'response' })],
        }),
      ]),
    ),
  ],
});

const basicSchema = new asn1.Sequence({
  value: [
    new asn1.Sequence({
      name: 'signed',
      value: [
        new asn1.Constructed(tagged(0, [new asn1.Integer()])),
        new asn1.Any(), // Who answers: the signature tells.
        new asn1.GeneralizedTime(),
        new asn1.Sequence({ value: [new asn1.Repeated({ name: 'answers', value: new asn1.Sequence() })] }),
        new asn1.Constructed(tagged(1)),
      ],
    }),
    algorithm('algorithm'),
    new asn1.BitString({ name: 'signature' }),
    new asn1.Constructed(
      tagged(0, [
        new asn1.Sequence({ value: [new asn1.Repeated({ name: 'certificates', value: new asn1.Sequence() })] }),
      ]),
    ),
  ],
});

const singleSchema = new asn1.Sequence({
  value: [
    new asn1.Sequence({
      value: [
        algorithm('hash'),
        new asn1.OctetString({ name: 'issuerNameHash' }),
        new asn1.OctetString({ name: 'issuerKeyHash' }),
        new asn1.Integer({ name: 'serialNumber' }),
      ],
    }),
    new asn1.Any({ name: 'status' }),
    new asn1.GeneralizedTime({ name: 'thisUpdate' }),
    new asn1.Constructed(tagged(0, [new asn1.GeneralizedTime({ name: 'nextUpdate' })])),
    new asn1.Constructed(tagged(1)),
  ],
});

type Parts = Record<string, unknown>;

function parts(der: Uint8Array, schema: asn1.Sequence): Parts | undefined {
  const { verified, result } = asn1.verifySchema(Uint8Array.from(der), schema);
  return verified ? (result as Parts) : undefined;
}

const derOf = (block: unknown): Buffer => Buffer.from((block as asn1.BaseBlock).valueBeforeDecodeView);
const bytesOf = (block: unknown): Buffer =>
  Buffer.from((block as asn1.OctetString | asn1.Integer | asn1.BitString).valueBlock.valueHexView);
const oidOf = (block: unknown): string => (block as asn1.ObjectIdentifier).valueBlock.toString();
const timeOf = (block: unknown): number => (block as asn1.GeneralizedTime).toDate().getTime();
const listed = (blocks: unknown): Buffer[] => (Array.isArray(blocks) ? blocks.map(derOf) : []);
const normal = (serialNumber: string) => serialNumber.toLowerCase().replace(/^0+(?=.)/, '');

/** The authority itself, or one to whom it has given that task and no other authority (RFC 6960, section 4.2.2.2). */
function signers(authority: X509Certificate, enclosed: readonly Buffer[], now: number): X509Certificate[] {
  const delegates = enclosed
    .map((der) => new X509Certificate(der))
    .filter(
      (one) =>
        one.checkIssued(authority) &&
        one.verify(authority.publicKey) &&
        one.keyUsage?.includes(ocspSigning) &&
        one.validFromDate.getTime() <= now &&
        now <= one.validToDate.getTime(),
    );
  return [authority, ...delegates];
}

function verifies(basic: Parts, authority: X509Certificate, now: number): boolean {
  const hash = hashes[oidOf(basic.algorithm)];
  if (hash === undefined)
    throw unusable(`it is signed by an algorithm that is not accepted (${oidOf(basic.algorithm)})`);
  const [signed, signature] = [derOf(basic.signed), bytesOf(basic.signature)];
  return signers(authority, listed(basic.certificates), now).some(({ publicKey }) =>
    verify(hash, signed, publicKey, signature),
  );
}

function isAbout({ issuerNameHash, issuerKeyHash, serialNumber }: CertificateId, single: Parts): boolean {
  return (
    oidOf(single.hash) === sha1 &&
    bytesOf(single.issuerNameHash).equals(issuerNameHash) &&
    bytesOf(single.issuerKeyHash).equals(issuerKeyHash) &&
    normal(bytesOf(single.serialNumber).toString('hex')) === normal(serialNumber)
  );
}

/**
 * Reads a responder's answer about one certificate (RFC 6960, section 4.2), in DER, and verifies it.
 *
 * @param authority who issued the certificate.
 * @param now milliseconds since 1970.
 * @throws EvidenceUnusable, the message is the rest of a sentence about the answer.
 */
export function readOcspAnswer(
  der: Buffer,
  id: CertificateId,
  authority: X509Certificate,
  now: number,
): RevocationEvidence {
  const answer = parts(der, answerSchema);
  if (!answer) throw unusable('it is no OCSP response in DER');
  const status = (answer.status as asn1.Enumerated).valueBlock.valueDec;
  if (status !== 0) throw unusable(`the responder refused with ${refusals[status] ?? `status ${status}`}`);
  const isBasic = answer.response !== undefined && oidOf(answer.type) === basicResponse;
  const basic = isBasic ? parts(bytesOf(answer.response), basicSchema) : undefined;
  if (!basic) throw unusable('it is no basic OCSP response');
  if (!verifies(basic, authority, now)) throw unusable('its signature does not verify');

  const single = listed(basic.answers)
    .map((one) => parts(one, singleSchema))
    .find((one) => one && isAbout(id, one));
  if (!single) throw unusable('it is about another certificate');
  const thisUpdate = timeOf(single.thisUpdate);
  // Without an end there is always a newer one (section 4.2.2.1): soon somebody asks again.
  const nextUpdate = single.nextUpdate ? timeOf(single.nextUpdate) : thisUpdate + 5 * minute;
  if (nextUpdate <= now) throw unusable(`it ran out at ${new Date(nextUpdate).toISOString()}`);
  if (thisUpdate > now + minute) throw unusable('it is not valid yet');
  // CertStatus: good [0], revoked [1], unknown [2].
  const { tagNumber } = (single.status as asn1.BaseBlock).idBlock;
  if (tagNumber > 1) throw unusable('the responder does not know the certificate');
  return { nextUpdate, names: () => tagNumber === 1 };
}
