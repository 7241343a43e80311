import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyAlias } from '../../programs/deployment-toml/stores.ts';
import type { Images } from '../images/images.ts';
import { certificateSetHash, writeKeystore } from '../pki/stores.ts';
import { onceForContent } from '../processes/once-for-content.ts';
import type { Secrets } from '../processes/secrets.ts';
import type { StateDirectory } from '../processes/state-directory.ts';
import type { StackValues } from './pulumi-stack.ts';

/** The cluster that is deployed to. */
export interface TargetCluster {
  context: string;
  kubeconfig: string;
}

/** What the quick start generated, as settings of the stack. */
export async function stackValues(
  state: StateDirectory,
  secrets: Secrets,
  images: Images,
  { context, kubeconfig }: TargetCluster,
): Promise<StackValues> {
  const pki = (file: string) => readFile(join(state.pki, file), 'utf8');
  const [certificate, key, gateway, identityServer] = await Promise.all([
    pki('dcr-service.pem'),
    pki('dcr-service.key'),
    keystore(state, 'gateway', secrets.storePassword),
    keystore(state, 'identity-server', secrets.storePassword),
  ]);
  return {
    plain: {
      'kubernetes:context': context,
      'kubernetes:kubeconfig': kubeconfig,
      'cdr-stack:apiManagerImage': images.emulator,
      'cdr-stack:identityServerImage': images.emulator,
      'cdr-stack:registerImage': images.emulator,
      'cdr-stack:dcrServiceImage': images.dcrService,
      'cdr-stack:provisioningImage': images.provisioning ?? '',
      'cdr-stack:registerPkiDirectory': state.pki,
      'cdr-stack:trustDirectory': join(state.path, 'trust'),
      'cdr-stack:dcrServiceCertificate': certificate,
    },
    secret: {
      'cdr-stack:apiManagerPassword': secrets.apiManagerPassword,
      'cdr-stack:identityServerPassword': secrets.identityServerPassword,
      'cdr-stack:storePassword': secrets.storePassword,
      'cdr-stack:encryptionKey': secrets.encryptionKey,
      'cdr-stack:apiManagerKeystore': gateway,
      'cdr-stack:identityServerKeystore': identityServer,
      'cdr-stack:dcrServiceKey': key,
    },
  };
}

/** A PKCS#12 keystore in base64, made once: another of the same key would differ, and roll the server. */
async function keystore(state: StateDirectory, party: string, password: string): Promise<string> {
  const file = join(state.path, `${party}.p12`);
  const [key, chain] = await Promise.all([
    readFile(join(state.pki, `${party}.key`), 'utf8'),
    readFile(join(state.pki, `${party}.pem`), 'utf8'),
  ]);
  await onceForContent(file, certificateSetHash([{ alias: keyAlias, pem: chain }]), () =>
    writeKeystore({ file, type: 'PKCS12', password, alias: keyAlias, key, chain }),
  );
  return (await readFile(file)).toString('base64');
}
