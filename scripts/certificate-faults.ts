import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isAuthority, purposeOf, shownName, strengthFaults } from '../programs/authority-faults.ts';
import { StepError } from './engine/errors.ts';
import type { ClientCertificate } from './mutual-tls.ts';

const day = 24 * 60 * 60 * 1000;

/**
 * The certificates of a PEM text; what else is in it, such as a key, is not looked at.
 *
 * @throws {StepError} with the number of the one that is cut off or is no certificate.
 */
export function certificatesIn(pem: string): X509Certificate[] {
  const [, ...blocks] = pem.split('-----BEGIN CERTIFICATE-----');
  return blocks.map((block, index) => {
    const [body = '', end] = block.split('-----END CERTIFICATE-----');
    try {
      if (end === undefined) throw new Error('it has no end');
      return new X509Certificate(`-----BEGIN CERTIFICATE-----${body}-----END CERTIFICATE-----\n`);
    } catch (cause) {
      throw new StepError(`Certificate ${index + 1} of ${blocks.length} is cut off or damaged: copy the file again.`, {
        cause,
      });
    }
  });
}

const nameOf = ({ subject }: X509Certificate) => shownName(subject);

/** What is wrong with the dates of certificates, `where` they are. One that ends within a day counts as ended. */
export function dateFaults(where: string, certificates: readonly X509Certificate[], now = Date.now()): string[] {
  return certificates.flatMap((certificate) => {
    const { validFromDate, validToDate, validFrom, validTo } = certificate;
    if (validToDate.getTime() < now + day)
      return [
        `${where}: ${nameOf(certificate)} is valid until ${validTo} only: remove it, or ask its issuer for the next one.`,
      ];
    if (validFromDate.getTime() > now) return [`${where}: ${nameOf(certificate)} is not valid before ${validFrom}.`];
    return [];
  });
}

const clientAuthentication = '1.3.6.1.5.5.7.3.2';

const strengthOf = (where: string, certificates: readonly X509Certificate[]) =>
  certificates.flatMap((one) => strengthFaults(one).map((fault) => `${where}: ${nameOf(one)} ${fault}.`));

/** What is wrong with a recipient's certificate and its chain: dates, keys, signatures, purposes, the way to one of the CAs. */
export function clientCertificateFaults({ certificate, key }: ClientCertificate, authorities: string): string[] {
  const where = "the probe's certificate";
  const [leaf, ...issuers] = certificatesIn(certificate);
  if (!leaf) return [`${where}: the file holds no certificate.`];
  const trusted = certificatesIn(authorities);
  const faults = dateFaults(where, [leaf, ...issuers]);
  faults.push(...strengthOf(where, [leaf, ...issuers]));
  if (isAuthority(leaf)) faults.push(`${where}: ${nameOf(leaf)} is a CA's: give a recipient's own certificate first.`);
  if (leaf.keyUsage && !leaf.keyUsage.includes(clientAuthentication))
    faults.push(`${where}: ${nameOf(leaf)} is not for clients (it is ${purposeOf(leaf)}).`);
  for (const issuer of issuers.filter((one) => !isAuthority(one)))
    faults.push(`${where}: ${nameOf(issuer)}, which came with it, is no CA.`);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) faults.push(`${where}: the key is not ${nameOf(leaf)}'s.`);
  if (!chains(leaf, issuers, trusted)) {
    faults.push(
      `${where}: ${nameOf(leaf)} was issued by ${shownName(leaf.issuer)}, which leads to none of the recipients' CAs ` +
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
