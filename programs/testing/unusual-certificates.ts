import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

type Algorithm = 'RSA-1024' | 'RSA-2048' | 'P-256' | 'Ed25519';

/** A certificate and the keys to sign another with. */
export interface Issued {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly pem: string;
}

export interface Unusual {
  name: string;
  algorithm?: Algorithm;
  hash?: 'SHA-1' | 'SHA-256';
  issuer?: Issued;
  /** Days from now. */
  days?: readonly [from: number, to: number];
  ca?: boolean;
  pathLength?: number;
  usages?: x509.KeyUsageFlags;
  extendedUsages?: x509.ExtendedKeyUsageType[];
}

const generate = {
  'RSA-1024': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 1024,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  'RSA-2048': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  Ed25519: { name: 'Ed25519' },
};
const day = 24 * 60 * 60 * 1000;

/** A certificate for tests of refusals: by default a sound root on P-256. */
export async function issueUnusual(unusual: Unusual): Promise<Issued> {
  const { name, algorithm = 'P-256', hash = 'SHA-256', issuer, days = [-1, 30], ca = true } = unusual;
  // An RSA key brings the hash of its signatures along.
  const parameters = { ...generate[algorithm], hash };
  const keys = (await webcrypto.subtle.generateKey(parameters, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const signer = issuer?.keys ?? keys;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: webcrypto.getRandomValues(Buffer.alloc(8)).toString('hex').replace(/^./, '1'),
    subject: name,
    issuer: issuer?.certificate.subject ?? name,
    notBefore: new Date(Date.now() + days[0] * day),
    notAfter: new Date(Date.now() + days[1] * day),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: { name: signer.privateKey.algorithm.name, hash },
    extensions: [
      new x509.BasicConstraintsExtension(ca, unusual.pathLength, true),
      ...(unusual.usages === undefined ? [] : [new x509.KeyUsagesExtension(unusual.usages, true)]),
      ...(unusual.extendedUsages ? [new x509.ExtendedKeyUsageExtension(unusual.extendedUsages)] : []),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
  return { certificate, keys, pem: `${certificate.toString('pem')}\n` };
}

/** The private key in PEM. */
export async function privateKeyOf({ keys }: Issued): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return String(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }));
}
