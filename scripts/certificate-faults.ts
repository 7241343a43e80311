import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ClientCertificate } from './mutual-tls.ts';

const day = 24 * 60 * 60 * 1000;

export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  );

const nameOf = ({ subject }: X509Certificate) => subject.split('\n').join(', ');

/** What is wrong with the dates of certificates, `where` they are. One that ends within a day counts as ended. */
export function dateFaults(where: string, certificates: readonly X509Certificate[], now = Date.now()): string[] {
  return certificates.flatMap((certificate) => {
    const { validFromDate, validToDate, validFrom, validTo } = certificate;
    if (validToDate.getTime() < now + day)
      return [`${where}: ${nameOf(certificate)} is valid until ${validTo} only: renew it.`];
    if (validFromDate.getTime() > now) return [`${where}: ${nameOf(certificate)} is not valid before ${validFrom}.`];
    return [];
  });
}

/** What is wrong with a recipient's certificate: dates, chain to one of the CAs, key. */
export function clientCertificateFaults({ certificate, key }: ClientCertificate, authorities: string): string[] {
  const where = "the probe's certificate";
  const [leaf, ...issuers] = certificatesIn(certificate);
  if (!leaf) return [`${where}: the file holds no certificate.`];
  const trusted = certificatesIn(authorities);
  const faults = dateFaults(where, [leaf, ...issuers]);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) faults.push(`${where}: the key is not ${nameOf(leaf)}'s.`);
  if (!chains(leaf, issuers, trusted)) {
    faults.push(
      `${where}: ${nameOf(leaf)} was issued by ${leaf.issuer.split('\n').join(', ')}, which leads to none of the recipients' CAs ` +
        `(${trusted.map(nameOf).join('; ') || 'none'}).`,
    );
  }
  return faults;
}

/** Whether signatures lead from a certificate, by those that came with it, to one that is trusted. */
function chains(leaf: X509Certificate, sent: readonly X509Certificate[], trusted: readonly X509Certificate[]): boolean {
  const isIssuer = (issuer: X509Certificate) => leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
  if (trusted.some((one) => one.fingerprint256 === leaf.fingerprint256 || isIssuer(one))) return true;
  const next = sent.find((one) => one.fingerprint256 !== leaf.fingerprint256 && isIssuer(one));
  return (
    next !== undefined &&
    chains(
      next,
      sent.filter((one) => one !== next),
      trusted,
    )
  );
}
