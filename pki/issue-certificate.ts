import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import * as x509 from '@peculiar/x509';

const day = 24 * 60 * 60 * 1000;
const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** Where the revocation of what an authority issued can be looked up. */
export interface RevocationUrls {
  readonly crl: string;
  readonly ocsp: string;
}

/** Something that signs certificates. */
export interface Authority {
  /** PEM, this authority's own certificate only. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  /** Named in every certificate that it issues. */
  readonly revocation?: RevocationUrls;
}

/** A certificate with its key, as servers and clients are configured with it. */
export interface Credential {
  /** PEM: the leaf, then its issuing authority. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** `ocsp`: to answer for its authority what is revoked (RFC 6960, section 4.2.2.2). */
export type Purpose = 'client' | 'server' | 'ocsp';

/** What a leaf certificate says about its holder. */
export interface CertificateProfile {
  readonly commonName: string;
  readonly organization?: string;
  /** None for a key that signs something else than handshakes. */
  readonly purposes: readonly Purpose[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** The content of a certificate, independent of its issuer. */
export interface Statement {
  readonly subject: x509.JsonName;
  readonly extensions: x509.Extension[];
}

export interface Validity {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A fresh RSA key of 2048 bits (the least that FAPI 1.0 Advanced, 8.6, allows), made off the main thread. PEM, PKCS #8. */
export async function generateRsaKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * Issues a leaf certificate with its own key; for tests also one that has expired, that a wrong authority signed, or that has another name.
 * @param validity by default from five minutes ago (clocks differ) for 397 days.
 */
export async function issueCertificate(
  authority: Authority,
  profile: CertificateProfile,
  validity: Validity = {},
): Promise<Credential> {
  const key = await generateRsaKey();
  const certificate = await sign(await leafStatement(profile, key, authority), key, authority, 397, validity);
  return { certificate: certificate + authority.certificate, key };
}

/** Signs a statement about the holder of `key`. PEM, one certificate. */
export async function sign(
  statement: Statement,
  key: string,
  issuer: Authority | 'itself',
  days: number,
  validity: Validity = {},
): Promise<string> {
  const signingKey = issuer === 'itself' ? key : issuer.key;
  const subject = new x509.Name([...statement.subject]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerialNumber(),
    subject,
    issuer: issuer === 'itself' ? subject : new x509.X509Certificate(issuer.certificate).subjectName,
    notBefore: validity.notBefore ?? new Date(Date.now() - 5 * 60 * 1000),
    notAfter: validity.notAfter ?? new Date(Date.now() + days * day),
    extensions: statement.extensions,
    publicKey: publicKeyOf(key),
    signingKey: signingKeyOf(signingKey),
  });
  return `${certificate.toString('pem')}\n`;
}

/** What the certificate of an authority says: a root may have one authority below it, an issuing one only leaves. */
export async function authorityStatement(
  name: { commonName: string; organization: string },
  key: string,
  issuer: Authority | 'itself',
): Promise<Statement> {
  const revocation = issuer === 'itself' ? undefined : issuer.revocation;
  return {
    subject: distinguishedName(name),
    extensions: [
      new x509.BasicConstraintsExtension(true, issuer === 'itself' ? 1 : 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ...(await keyIdentifiers(key, issuer)),
      ...revocationExtensions(revocation),
    ],
  };
}

/** What the certificate of a server or a client says. */
export async function leafStatement(
  profile: CertificateProfile,
  key: string,
  issuer: Authority | 'itself',
): Promise<Statement> {
  const usage: Record<Purpose, x509.ExtendedKeyUsage> = {
    client: x509.ExtendedKeyUsage.clientAuth,
    server: x509.ExtendedKeyUsage.serverAuth,
    ocsp: x509.ExtendedKeyUsage.ocspSigning,
  };
  const names: x509.JsonGeneralNames = [
    ...(profile.dnsNames ?? []).map((value) => ({ type: 'dns', value }) as const),
    ...(profile.ipAddresses ?? []).map((value) => ({ type: 'ip', value: requireAddress(value) }) as const),
  ];
  return {
    subject: distinguishedName(profile),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      ...(profile.purposes.length > 0
        ? [new x509.ExtendedKeyUsageExtension(profile.purposes.map((purpose) => usage[purpose]))]
        : []),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ...(await keyIdentifiers(key, issuer)),
      ...revocationExtensions(issuer === 'itself' ? undefined : issuer.revocation),
    ],
  };
}

/** The private half of a PEM key, for signing certificates and revocation lists. */
export function signingKeyOf(pem: string): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(rsa, false, ['sign']);
}

function publicKeyOf(pem: string): webcrypto.CryptoKey {
  return createPublicKey(pem).toCryptoKey(rsa, true, ['verify']);
}

async function keyIdentifiers(key: string, issuer: Authority | 'itself'): Promise<x509.Extension[]> {
  return [
    await x509.SubjectKeyIdentifierExtension.create(publicKeyOf(key)),
    await x509.AuthorityKeyIdentifierExtension.create(publicKeyOf(issuer === 'itself' ? key : issuer.key)),
  ];
}

function revocationExtensions(urls: RevocationUrls | undefined): x509.Extension[] {
  if (!urls) return [];
  return [
    new x509.CRLDistributionPointsExtension([urls.crl]),
    new x509.AuthorityInfoAccessExtension({ ocsp: urls.ocsp }),
  ];
}

function distinguishedName({ commonName, organization }: { commonName: string; organization?: string }): x509.JsonName {
  return [{ C: ['AU'] }, ...(organization ? [{ O: [organization] }] : []), { CN: [commonName] }];
}

/** 16 random bytes with the first bit clear (a positive number) and the second set (never short): RFC 5280, 4.1.2.2. */
function randomSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

function requireAddress(address: string): string {
  if (isIP(address) === 0)
    throw new Error(`"${address}" in a certificate's ipAddresses is no IP address: give host names in dnsNames.`);
  return address;
}
