import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** What a ConfigMap, which carries the certificates to the pods, may hold, in bytes. */
export const mostBytes = 1_048_576;

/** What a file holds in place of certificates, or why it cannot be read, and what to do. */
export class CertificateFileError extends Error {
  override readonly name = 'CertificateFileError';
}

/** Other things that end up in a folder of certificates, by the label of their PEM block: what they are, and what to do. */
const others: Record<string, string> = {
  'CERTIFICATE REQUEST': 'a certificate request: give the certificate that its CA issued for it',
  'NEW CERTIFICATE REQUEST': 'a certificate request: give the certificate that its CA issued for it',
  'X509 CRL': 'a revocation list: give the certificate of its CA',
  'PUBLIC KEY': 'a public key: give a certificate',
  'RSA PUBLIC KEY': 'a public key: give a certificate',
  PKCS7: 'PKCS#7: convert it with openssl pkcs7 -print_certs',
  CMS: 'PKCS#7: convert it with openssl pkcs7 -print_certs',
};

/** Labels under which OpenSSL writes a certificate; its own trust data follow a TRUSTED one. */
const certificateLabels = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);

/**
 * Reads the certificates of a file: PEM with any text around the blocks, in UTF-8 or UTF-16, or one certificate in DER. It never waits,
 * as for a pipe, and never reads more than a ConfigMap holds.
 *
 * @param remark called with what was converted.
 * @throws {CertificateFileError} naming the file, the block, and what is there instead of a certificate.
 */
export function readCertificateFile(file: string, remark: (text: string) => void): X509Certificate[] {
  const content = contentOf(file);
  const text = textOf(content);
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text))
    throw new CertificateFileError(
      `${file} holds a private key: declare certificates only, and consider that key published.`,
    );
  if (!text.includes('-----BEGIN ')) return [fromDer(file, content, remark)];
  const blocks = text.matchAll(/-----BEGIN ([^-\r\n]+)-----([\s\S]*?)(-----END \1-----|(?=-----BEGIN )|$)/g);
  return [...blocks].map(([, label = '', body = '', end], index) => {
    const where = `${file}, block ${index + 1},`;
    if (!certificateLabels.has(label))
      throw new CertificateFileError(`${where} is ${others[label] ?? `"${label}": remove it`}.`);
    if (!end)
      throw new CertificateFileError(
        `${where} is cut off: there is no line "-----END ${label}-----". Copy the file again.`,
      );
    if (label !== 'CERTIFICATE') remark(`${where} "${label}", is taken as a certificate.`);
    return fromBase64(where, body);
  });
}

function contentOf(file: string): Buffer {
  try {
    const status = statSync(file);
    if (!status.isFile())
      throw new CertificateFileError(`${file} is no regular file: remove it, or put the certificate itself there.`);
    if (status.size > mostBytes)
      throw new CertificateFileError(
        `${file} holds ${status.size} bytes: a ConfigMap holds ${mostBytes} at most. Declare only the CAs needed.`,
      );
    if (status.size === 0)
      throw new CertificateFileError(`${file} holds no certificate, nothing at all: remove the file.`);
    return readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new CertificateFileError(
      `${file} cannot be read (${code}): it must be a file that the current user can read.`,
      { cause },
    );
  }
}

function textOf(content: Buffer): string {
  const mark = content.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return content.toString('utf16le');
  if (mark === 'feff')
    return Buffer.from(content.subarray(0, content.length & ~1))
      .swap16()
      .toString('utf16le');
  return content.toString('utf8');
}

function fromDer(file: string, content: Buffer, remark: (text: string) => void): X509Certificate {
  if (content.subarray(0, 4).toString('hex') === 'feedfeed')
    throw new CertificateFileError(
      `${file} is a Java keystore: export each certificate with keytool -exportcert -rfc.`,
    );
  if (/^(ssh|ecdsa)-/.test(content.subarray(0, 8).toString('latin1')))
    throw new CertificateFileError(`${file} is a public key of OpenSSH: give a certificate.`);
  // Each encoding in DER begins as a sequence.
  if (content[0] !== 0x30)
    throw new CertificateFileError(`${file} holds no certificate: give it in PEM form, or remove the file.`);
  try {
    const certificate = new X509Certificate(content);
    remark(`${file}: converted from DER.`);
    return certificate;
  } catch (cause) {
    throw new CertificateFileError(
      `${file} holds something that is no certificate. If it is PKCS#7, convert it with openssl pkcs7 -inform DER -print_certs; if PKCS#12, ` +
        'with openssl pkcs12 -cacerts -nokeys.',
      { cause },
    );
  }
}

function fromBase64(where: string, body: string): X509Certificate {
  const base64 = body.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0)
    throw new CertificateFileError(`${where} is not base64: it was changed or cut off. Copy the file again.`);
  try {
    return new X509Certificate(firstElement(Buffer.from(base64, 'base64')));
  } catch (cause) {
    throw new CertificateFileError(`${where} holds something that is no certificate: fix it or remove the file.`, {
      cause,
    });
  }
}

/** The certificate without what follows it. Its length takes two bytes (X.690, 8.1.3.5): no certificate is below 256 bytes. */
function firstElement(der: Buffer): Buffer {
  return der[0] === 0x30 && der[1] === 0x82 ? der.subarray(0, 4 + der.readUInt16BE(2)) : der;
}
