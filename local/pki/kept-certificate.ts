import 'reflect-metadata';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type Authority, type Statement, sign } from '../../pki/issue-certificate.ts';
import { readIfPresent, writeWhole } from './private-files.ts';

const day = 24 * 60 * 60 * 1000;

/** One certificate file as it should be. */
export interface WantedCertificate {
  readonly file: string;
  readonly statement: Statement;
  /** The holder's private key, PEM. */
  readonly key: string;
  readonly issuer: Authority | 'itself';
  readonly days: number;
}

/**
 * The content of the file where it is as wanted; else a newly signed certificate, which is written there.
 * A leaf's file holds its issuing authority too, so that servers send a whole chain; an authority's holds it alone.
 */
export async function keptCertificate(wanted: WantedCertificate): Promise<string> {
  const { file, statement, key, issuer, days } = wanted;
  const present = (await readIfPresent(file))?.toString();
  if (present && isAsWanted(present, wanted)) return present;
  const certificate = (await sign(statement, key, issuer, days)) + followers(wanted);
  await writeWhole(file, certificate, 0o644);
  return certificate;
}

/** Whether the text is an RSA private key that OpenSSL reads. */
export function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function isAsWanted(present: string, wanted: WantedCertificate): boolean {
  const { statement, key, issuer } = wanted;
  try {
    const certificate = new X509Certificate(present);
    const authority = issuer === 'itself' ? certificate : new X509Certificate(issuer.certificate);
    return (
      present.endsWith(followers(wanted)) &&
      certificate.validToDate.getTime() > Date.now() + day &&
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey) &&
      says(certificate, statement)
    );
  } catch {
    return false;
  }
}

function says(present: X509Certificate, { subject, extensions }: Statement): boolean {
  const certificate = new x509.X509Certificate(present.raw);
  const encoded = (list: readonly x509.Extension[]) =>
    list.map(({ rawData }) => Buffer.from(rawData).toString('hex')).join();
  return (
    certificate.subject === new x509.Name([...subject]).toString() &&
    encoded(certificate.extensions) === encoded(extensions)
  );
}

function followers({ issuer, statement }: WantedCertificate): string {
  const isAuthority = statement.extensions.some(
    (extension) => extension instanceof x509.BasicConstraintsExtension && extension.ca,
  );
  return issuer === 'itself' || isAuthority ? '' : issuer.certificate;
}
