import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { isSelfIssued as isRoot, shownName as onOneLine } from './authority-faults.ts';
import type { TrustedCertificate } from './trusted-certificate.ts';

/** A certificate and its name in messages. */
export interface Declared {
  readonly alias: string;
  readonly certificate: X509Certificate;
}

const isSignedBy = (certificate: X509Certificate, authority: X509Certificate) =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

const isNamedAndSigned = (certificate: X509Certificate, authority: X509Certificate) =>
  certificate.issuer === authority.subject && isSignedBy(certificate, authority);

/** Of the key that signed it, as the certificate says (RFC 5280, section 4.2.1.1). */
function issuersKeyOf({ raw }: X509Certificate): string {
  const { keyId } =
    new x509.X509Certificate(Uint8Array.from(raw)).getExtension(x509.AuthorityKeyIdentifierExtension) ?? {};
  return keyId === undefined ? 'it does not say which key' : `key ${keyId}`;
}

function ownKeyOf({ raw }: X509Certificate): string {
  const { keyId } =
    new x509.X509Certificate(Uint8Array.from(raw)).getExtension(x509.SubjectKeyIdentifierExtension) ?? {};
  return keyId === undefined ? 'a key without an id' : `key ${keyId}`;
}

/** How many declared CAs are below this one at most, one under the other. */
export function authoritiesBelow(certificate: X509Certificate, declared: readonly Declared[]): number {
  const children = declared.filter(
    ({ certificate: other }) => !isRoot(other) && other.ca && isNamedAndSigned(other, certificate),
  );
  return Math.max(
    0,
    ...children.map(
      (child) =>
        1 +
        authoritiesBelow(
          child.certificate,
          declared.filter((other) => other !== child),
        ),
    ),
  );
}

/** CAs whose issuer is declared by its name, but with another key than the one that signed them: a sentence for each. */
export function wrongIssuers(declared: readonly Declared[]): string[] {
  return declared.flatMap(({ alias, certificate }) => {
    const { issuer } = certificate;
    const namesakes = declared.filter(({ certificate: { subject } }) => subject === issuer);
    if (isRoot(certificate) || namesakes.length === 0) return [];
    if (namesakes.some((other) => isSignedBy(certificate, other.certificate))) return [];
    const keys = namesakes.map((other) => `"${other.alias}" has ${ownKeyOf(other.certificate)}`).join(', ');
    return `"${alias}" (${onOneLine(certificate.subject)}) was not signed by the declared ${onOneLine(issuer)}: ${keys}; its own issuer: ${issuersKeyOf(certificate)}. Declare that issuer.`;
  });
}

/**
 * What is missing in the chains of the recipients' CAs, a sentence for each. It is no fault: a CDR with another hierarchy
 * may be meant so.
 */
export function missingInChains(recipients: readonly TrustedCertificate[]): string[] {
  const declared: Declared[] = recipients.map(({ alias, pem }) => ({ alias, certificate: new X509Certificate(pem) }));
  const [roots, issuing] = [
    declared.filter(({ certificate }) => isRoot(certificate)),
    declared.filter(({ certificate }) => !isRoot(certificate)),
  ];
  const withoutIssuing = roots.filter(
    (root) => !issuing.some(({ certificate }) => isSignedBy(certificate, root.certificate)),
  );
  const withoutRoot = issuing.filter(
    (one) => !declared.some((other) => other !== one && isSignedBy(one.certificate, other.certificate)),
  );
  return [
    ...withoutIssuing.map(
      ({ alias, certificate }) =>
        `recipients/ has the root "${alias}" (${onOneLine(certificate.subject)}), but no issuing CA that it signed: dcr-service gets a ` +
        "recipient's certificate without its chain, and refuses what an issuing CA signed that is not declared. Add the issuing CA.",
    ),
    ...withoutRoot.map(
      ({ alias, certificate }) =>
        `recipients/ has the issuing CA "${alias}" (${onOneLine(certificate.subject)}), but not the CA that signed it ` +
        `(${onOneLine(certificate.issuer)}; ${issuersKeyOf(certificate)}): nobody can verify whether the issuing CA was revoked. Add that CA.`,
    ),
  ];
}
