import 'reflect-metadata';
import { createPublicKey, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { signingKeyOf } from '../../pki/issue-certificate.ts';
import type { Pki } from './pki.ts';
import { readIfPresent, writeWhole } from './private-files.ts';

const day = 24 * 60 * 60 * 1000;
const listDays = 7;
const fileName = 'cdr-issuing.crl';
const crlNumber = '2.5.29.20';

/**
 * Signs and writes `cdr-issuing.crl` (DER, RFC 5280 section 5; valid for a week), which the Register serves at once.
 * It replaces the list before: name everything that is revoked, each by a PEM (its first certificate counts).
 */
export async function publishRevocationList(pki: Pki, revoked: readonly string[]): Promise<void> {
  const issuer = pki.authorities.cdrIssuing;
  const certificate = new x509.X509Certificate(issuer.certificate);
  const list = await x509.X509CrlGenerator.create({
    issuer: certificate.subjectName,
    thisUpdate: new Date(),
    nextUpdate: new Date(Date.now() + listDays * day),
    entries: revoked.map((pem) => ({
      serialNumber: new X509Certificate(pem).serialNumber.toLowerCase(),
      reason: x509.X509CrlReason.keyCompromise,
    })),
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(certificate),
      new x509.Extension(crlNumber, false, derInteger(Date.now())),
    ],
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    signingKey: signingKeyOf(issuer.key),
  });
  await writeWhole(pki.file(fileName), Buffer.from(list.rawData), 0o644);
}

/** The list as it was last published, or nothing. DER. */
export async function readRevocationList(pki: Pki): Promise<Buffer | undefined> {
  return readIfPresent(pki.file(fileName));
}

/** Whether the last published list has this serial number (hexadecimal). */
export async function isListed(pki: Pki, serialNumber: string): Promise<boolean> {
  const present = await readRevocationList(pki);
  const even = serialNumber.length % 2 ? `0${serialNumber}` : serialNumber;
  return present !== undefined && new x509.X509Crl(present).findRevoked(even.toLowerCase()) !== null;
}

/** Whether there is a list by today's issuing authority that holds for another day. */
export async function revocationListIsCurrent(pki: Pki): Promise<boolean> {
  const present = await readRevocationList(pki);
  if (!present) return false;
  try {
    const list = new x509.X509Crl(present);
    const publicKey = createPublicKey(pki.authorities.cdrIssuing.key);
    const verifier = publicKey.toCryptoKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['verify']);
    return (list.nextUpdate?.getTime() ?? 0) > Date.now() + day && (await list.verify({ publicKey: verifier }));
  } catch {
    return false;
  }
}

/** A positive DER INTEGER. Milliseconds since 1970 grow from list to list, as the CRL number has to. */
function derInteger(value: number): Buffer {
  const hex = value.toString(16);
  const digits = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  const bytes = digits.readUInt8(0) > 0x7f ? Buffer.concat([Buffer.of(0), digits]) : digits;
  return Buffer.concat([Buffer.of(0x02, bytes.length), bytes]);
}
