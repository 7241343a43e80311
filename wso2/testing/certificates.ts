import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate with its key, both PEM. */
export interface Credential {
  cert: string;
  key: string;
}

export interface Authority extends Credential {
  issue(options: { name: string; hosts: string[]; notAfter?: Date }): Promise<Credential>;
  authority(name: string): Promise<Authority>;
}

/** A root of its own, made for one test run. */
export function makeRoot(name: string): Promise<Authority> {
  return makeAuthority(name, undefined);
}

interface Issuer {
  name: string;
  key: webcrypto.CryptoKey;
}

async function makeAuthority(name: string, issuer: Issuer | undefined): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const own: Issuer = { name: `CN=${name}`, key: keys.privateKey };
  const certificate = await sign(own.name, keys, issuer ?? own, new Date(Date.now() + 86_400_000), [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ]);
  return {
    ...certificate,
    authority: (subordinate) => makeAuthority(subordinate, own),
    async issue({ name: subject, hosts, notAfter = new Date(Date.now() + 86_400_000) }) {
      const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const names = hosts.map((value) => ({
        type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
        value,
      }));
      return sign(`CN=${subject}`, leafKeys, own, notAfter, [new x509.SubjectAlternativeNameExtension(names)]);
    },
  };
}

async function sign(
  subject: string,
  keys: webcrypto.CryptoKeyPair,
  issuer: Issuer,
  notAfter: Date,
  extensions: x509.Extension[],
): Promise<Credential> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.name,
    notBefore: new Date(Date.now() - 2 * 86_400_000),
    notAfter,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    signingAlgorithm: algorithm,
    extensions,
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  };
}
