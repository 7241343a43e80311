import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { TrustedCertificate } from './declared-trust.ts';

interface Declared {
  readonly alias: string;
  readonly certificate: X509Certificate;
}

const isRoot = ({ subject, issuer }: X509Certificate) => subject === issuer;
const onOneLine = (name: string) => name.replaceAll('\n', ', ');
const isSignedBy = (certificate: X509Certificate, authority: X509Certificate) =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

/** Of the key that signed it, as the certificate says (RFC 5280, section 4.2.1.1). */
function issuersKeyOf({ raw }: X509Certificate): string {
  const { keyId } =
    new x509.X509Certificate(Uint8Array.from(raw)).getExtension(x509.AuthorityKeyIdentifierExtension) ?? {};
  return keyId === undefined ? 'it does not say which key' : `key ${keyId}`;
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
