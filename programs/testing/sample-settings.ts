import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stackFile } from './recorded-stack.ts';
import { sampleCertificates } from './sample-certificates.ts';

/** Secrets that no other text contains: where one is found, it has leaked. */
export const canaries = {
  apiManagerPassword: 'canary-api-manager-password',
  identityServerPassword: 'canary-identity-server-password',
  storePassword: 'canary-store-password',
  encryptionKey: 'ca'.repeat(32),
  apiManagerKeystore: Buffer.from('canary-api-manager-keystore').toString('base64'),
  identityServerKeystore: Buffer.from('canary-identity-server-keystore').toString('base64'),
  dcrServiceKey: '-----BEGIN PRIVATE KEY-----\ncanary-dcr-service-key\n-----END PRIVATE KEY-----',
} as const;

/** The private key in the PKI of the sample stack's Register. */
export const registerCanary = 'canary-register-key';

/** A whole stack `local`, as the quick start completes it: what it names by path lies in `directory`. */
export async function sampleSettings(directory: string): Promise<Record<string, string>> {
  const { cdrRoot, cdrIssuing, platform } = sampleCertificates;
  const files = {
    'trust/recipients/cdr-root.pem': cdrRoot,
    'trust/recipients/cdr-issuing.pem': cdrIssuing,
    'trust/servers/platform-ca.pem': platform,
    'pki/register.pem': platform,
    'pki/register.key': registerCanary,
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return {
    ...stackFile('local'),
    ...canaries,
    'kubernetes:context': 'sample',
    apiManagerImage: 'emulator:a1',
    identityServerImage: 'emulator:a1',
    dcrServiceImage: 'dcr-service:b2',
    registerImage: 'emulator:a1',
    registerPkiDirectory: join(directory, 'pki'),
    trustDirectory: join(directory, 'trust'),
    dcrServiceCertificate: platform,
  };
}
