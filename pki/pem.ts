const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM bundle, one PEM text each, in their order; anything between the blocks is dropped.
 * @throws Error when the text holds no certificate.
 */
export function splitBundle(pem: string): string[] {
  const certificates = pem.match(block);
  if (!certificates)
    throw new Error('The PEM text holds no certificate: a line "-----BEGIN CERTIFICATE-----" is missing.');
  return certificates.map((certificate) => `${certificate}\n`);
}
