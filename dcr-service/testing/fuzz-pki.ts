// @peculiar/x509 finds its parts by decorators, which need this first.
import 'reflect-metadata';
import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

interface Identity {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/**
 * Writes a small PKI, with the file names of the local environment's: one authority for everybody, and a stranger. The
 * fuzzer runs where there is nothing but the service.
 */
export async function writeFuzzPki(directory: string): Promise<void> {
  const issue = async (file: string, name: string, issuer: Identity | undefined): Promise<Identity> => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.toCryptoKey(rsa, true, ['sign']);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: Buffer.from(file).toString('hex'),
      subject: `CN=${name}`,
      issuer: issuer ? issuer.certificate.subjectName : `CN=${name}`,
      notBefore: new Date(Date.now() - 300_000),
      notAfter: new Date(Date.now() + 86_400_000),
      publicKey: publicKey.toCryptoKey(rsa, true, ['verify']),
      signingKey: issuer?.key ?? key,
      extensions: issuer
        ? [
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension([
              { type: 'dns', value: 'localhost' },
              { type: 'dns', value: name },
            ]),
          ]
        : [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    writeFileSync(join(directory, `${file}.pem`), `${certificate.toString('pem')}\n`);
    writeFileSync(join(directory, `${file}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    return { certificate, key };
  };
  const authority = await issue('cdr-root', 'Fuzz CA', undefined);
  for (const file of ['platform-ca.pem', 'cdr-issuing.pem'])
    writeFileSync(join(directory, file), authority.certificate.toString('pem'));
  await issue('gateway', 'gateway.data-holder.example', authority);
  for (const file of ['dcr-service', 'register', 'recipient', 'stranger'])
    await issue(file, `${file}.example`, authority);
}
