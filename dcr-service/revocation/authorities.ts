import type { X509Certificate } from 'node:crypto';

/** Who may have issued a certificate. */
export interface Authorities {
  /**
   * The authorities that have signed a certificate and are valid at that moment. There can be several: a renewed
   * authority has the key of the one before, a cross-signed one has two certificates.
   *
   * @param now milliseconds since 1970.
   * @returns the one that ends last comes first; none for what is its own issuer.
   */
  issuersOf(certificate: X509Certificate, now: number): readonly X509Certificate[];
}

interface Dated {
  readonly certificate: X509Certificate;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** Whether a certificate is a root. */
export const isOwnIssuer = ({ subject, issuer }: X509Certificate): boolean => subject === issuer;

/** Whether an authority has signed a certificate, by its name and by its key. */
export const hasSigned = (authority: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

/** Looks issuers up among declared authorities. Who signed what does not change, so it is verified once for each object. */
export function amongAuthorities(declared: readonly X509Certificate[]): Authorities {
  const authorities: readonly Dated[] = declared
    .filter(({ ca }) => ca)
    .map((certificate) => ({
      certificate,
      from: certificate.validFromDate.getTime(),
      to: certificate.validToDate.getTime(),
    }))
    .sort((a, b) => b.to - a.to);
  const signers = new WeakMap<X509Certificate, readonly Dated[]>();

  function signersOf(certificate: X509Certificate): readonly Dated[] {
    const known = signers.get(certificate);
    if (known) return known;
    const found = isOwnIssuer(certificate)
      ? []
      : authorities.filter(({ certificate: authority }) => hasSigned(authority, certificate));
    signers.set(certificate, found);
    return found;
  }

  return {
    issuersOf: (certificate, now) =>
      signersOf(certificate)
        .filter(({ from, to }) => from <= now && now <= to)
        .map(({ certificate: authority }) => authority),
  };
}
