import { X509Certificate } from 'node:crypto';
import type { z } from 'zod';
import { nameOf } from './certificate-words.ts';
import { pemFile } from './kinds.ts';

/** A PEM file does not hold certificates alone; the message continues a sentence that begins with its name. */
export class AuthoritiesUnusable extends Error {
  override readonly name = 'AuthoritiesUnusable';
}

/** What else is handed in, by the label of its PEM block, and what to do about it. */
const strangers: readonly (readonly [label: RegExp, what: string])[] = [
  [/PRIVATE KEY$/, 'a private key: take it out, and replace that key if others could read the file'],
  [/CERTIFICATE REQUEST$/, 'a certificate request: give the certificate that was issued for it'],
  [/^X509 CRL$/, 'a revocation list: give the certificate of the authority that signed it'],
  [/PUBLIC KEY$/, 'a public key: give the certificate that has it'],
  [/^(PKCS7|CMS)$/, 'a PKCS #7 bundle: write its certificates as PEM (openssl pkcs7 -print_certs)'],
];

// The end is optional: a file that was cut off must not pass for a shorter one.
const block = /-----BEGIN ([^-\n]+)-----[^-]*(-----END \1-----)?/g;

/**
 * The certificates of a bundle of authorities, in their order; text around the blocks does not matter.
 *
 * @throws AuthoritiesUnusable for no certificate at all, for anything else beside them, and for one that cannot be read.
 */
export function readAuthorities(pem: string): readonly X509Certificate[] {
  const found = [...pem.matchAll(block)].map(([text, label = '', end], index) => {
    const stranger = strangers.find(([kind]) => kind.test(label));
    if (stranger) throw new AuthoritiesUnusable(`holds ${stranger[1]}`);
    if (label !== 'CERTIFICATE') throw new AuthoritiesUnusable(`holds a ${label}, which is not read here`);
    try {
      if (end !== undefined) return new X509Certificate(text);
    } catch {
      // As one that was cut off.
    }
    throw new AuthoritiesUnusable(`holds no certificate that can be read in its PEM block ${index + 1}`);
  });
  if (found.length === 0) throw new AuthoritiesUnusable('holds no certificate in PEM');
  return found;
}

function withCertificates({ file, pem }: z.output<typeof pemFile>, context: z.RefinementCtx) {
  try {
    return { file, pem, certificates: readAuthorities(pem) };
  } catch (error) {
    context.addIssue(`names ${file}, which ${(error as Error).message}`);
    return { file, pem, certificates: [] };
  }
}

/** A PEM file of certificates to be trusted, and nothing else. A server's own certificate may be one of them. */
export const trustedCertificates = pemFile.transform(withCertificates);

/** A PEM file of authorities: what each of them has issued is accepted, so no other certificate may stand there. */
export const authorityFile = trustedCertificates.superRefine(({ file, certificates }, context) => {
  for (const one of certificates.filter(({ ca }) => !ca))
    context.addIssue(`names ${file}, which holds ${nameOf(one)}, and that is no CA: give the one that issued it`);
});
