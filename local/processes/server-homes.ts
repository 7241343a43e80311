import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { apiManagerToml } from '../../programs/deployment-toml/api-manager.ts';
import type { DataSource } from '../../programs/deployment-toml/databases.ts';
import { identityServerToml } from '../../programs/deployment-toml/identity-server.ts';
import { keyAlias, type Store } from '../../programs/deployment-toml/stores.ts';
import { type GenerationName, generations, signingKeystore as signingKeystoreOf } from '../../programs/products.ts';
import { certificateSetHash, storeTool, writeKeystore, writeTruststore } from '../pki/stores.ts';
import { onceForContent } from './once-for-content.ts';
import type { Ports } from './ports.ts';
import { administrator, type Secrets } from './secrets.ts';
import type { StateDirectory } from './state-directory.ts';
import { pemFiles, type TrustEntry } from './trust.ts';

const hostname = 'localhost';
const apiManagerStandIn = fileURLToPath(new URL('../emulator/api-manager/home', import.meta.url));
const initScripts = fileURLToPath(new URL('../../programs/init', import.meta.url));

/**
 * Writes the homes that API Manager and Identity Server start from: deployment.toml, stores and templates. State that
 * a server keeps in its home stays; stores are rebuilt only when a certificate in them changed.
 */
export async function writeServerHomes(
  state: StateDirectory,
  ports: Ports,
  secrets: Secrets,
  generation: GenerationName,
): Promise<void> {
  // Real keytool writes JKS, API Manager's own type; without one there is no JKS writer to trust.
  const type = storeTool() === 'keytool' ? 'JKS' : 'PKCS12';
  const home: HomeContent = { ports, secrets, type, generation };
  await Promise.all([writeApiManagerHome(state, home), writeIdentityServerHome(state, home)]);
}

interface HomeContent {
  ports: Ports;
  secrets: Secrets;
  /** What stores of type JKS are here. */
  type: Store['type'];
  generation: GenerationName;
}

/** The database in which the accelerator's key manager finds what Identity Server keeps. */
const sharedDatabase = (state: StateDirectory): DataSource => ({
  type: 'h2',
  url: `jdbc:h2:${join(state.sharedDatabases, 'apimgt')};AUTO_SERVER=TRUE`,
  username: 'wso2carbon',
  driver: 'org.h2.Driver',
});

async function writeApiManagerHome(state: StateDirectory, { ports, secrets, type, generation }: HomeContent) {
  const { apiManager: product, accelerator } = generations[generation];
  const home = state.apiManagerHome;
  const extension = type === 'JKS' ? 'jks' : 'p12';
  const keystore: Store = { fileName: `wso2carbon.${extension}`, type };
  const signingKeystore: Store = { fileName: `signing.${extension}`, type };
  const truststore: Store = { fileName: `client-truststore.${extension}`, type };
  // Recipients get a store of their own: only the CDR's CAs, named in the listener profile by an init step.
  const recipientsTruststore = `recipients-truststore.${extension}`;
  const toml = apiManagerToml({
    hostname,
    portOffset: ports.apiManagerOffset,
    administrator,
    keystore,
    signingKeystore,
    truststore,
    version: product.version,
    ...(accelerator && { dataSources: { apim_db: sharedDatabase(state) }, acceleratorKeyManager: 'OBKM' }),
  });
  // The templates are the image's: laid anew each time, so that the init steps meet what a new pod would.
  await cp(apiManagerStandIn, home, { recursive: true });
  await Promise.all([
    writeToml(home, toml),
    layProduct(home, 'API Manager', generation, 'apiManager'),
    prepareTemplates(home, recipientsTruststore),
    identity(state, 'gateway', join(securityFolder(home), keystore.fileName), type, secrets.storePassword),
    identity(
      state,
      'api-manager-signing',
      join(securityFolder(home), signingKeystore.fileName),
      type,
      secrets.storePassword,
    ),
    trust(join(securityFolder(home), truststore.fileName), type, secrets.storePassword, [
      ...(await pemFiles(state.serverTrust)),
      ...(await pemFiles(state.recipientTrust)),
    ]),
    trust(
      join(securityFolder(home), recipientsTruststore),
      type,
      secrets.storePassword,
      await pemFiles(state.recipientTrust),
    ),
  ]);
}

async function writeIdentityServerHome(state: StateDirectory, { ports, secrets, type: jks, generation }: HomeContent) {
  const home = state.identityServerHome;
  const { accelerator, identityServer: product } = generations[generation];
  const type = product.keystore.type === 'JKS' ? jks : product.keystore.type;
  const named = (store: Store): Store => ({
    fileName: store.fileName.replace(/\w+$/, type === 'JKS' ? 'jks' : 'p12'),
    type,
  });
  const [keystore, truststore] = [named(product.keystore), named(product.truststore)];
  const signingKeystore = named(signingKeystoreOf(product));
  const toml = identityServerToml({
    hostname,
    portOffset: ports.identityServerOffset,
    administrator,
    version: product.version,
    nodeAddress: '127.0.0.1',
    keystore,
    signingKeystore,
    truststore,
    apiManagerUrl: `https://${hostname}:${9443 + ports.apiManagerOffset}`,
    ...(accelerator && { accelerator, dataSources: { identity_db: sharedDatabase(state) } }),
  });
  await Promise.all([
    writeToml(home, toml),
    layProduct(home, 'Identity Server', generation, 'identityServer'),
    identity(state, 'identity-server', join(securityFolder(home), keystore.fileName), type, secrets.storePassword),
    identity(
      state,
      'identity-server-signing',
      join(securityFolder(home), signingKeystore.fileName),
      type,
      secrets.storePassword,
    ),
    trust(join(securityFolder(home), truststore.fileName), type, secrets.storePassword, [
      ...(await pemFiles(state.serverTrust)),
      ...(await pemFiles(state.recipientTrust)),
    ]),
  ]);
}

/** What the image of a generation holds that tells the emulator which server it is: its version, and the accelerator's artefacts. */
async function layProduct(
  home: string,
  name: string,
  generation: GenerationName,
  product: 'apiManager' | 'identityServer',
) {
  const version = /[\d.]+$/.exec(generations[generation][product].home)?.[0] ?? '';
  const files = [[join('bin', 'wso2carbon-version.txt'), `WSO2 ${name} v${version}\n`]];
  // Stands for the accelerator's jars, which an image is derived with.
  if (generations[generation].accelerator) {
    files.push([join('repository', 'components', 'dropins', 'com.wso2.openbanking.accelerator.stand-in.jar'), '']);
  }
  for (const [file = '', content = ''] of files) {
    await mkdir(dirname(join(home, file)), { recursive: true });
    await writeFile(join(home, file), content);
  }
}

/** The same init steps that run in API Manager's pod. */
async function prepareTemplates(home: string, recipientsTruststore: string): Promise<void> {
  const apiTemplate = join(home, 'repository/resources/api_templates/velocity_template.xml');
  const listenerProfile = join(
    home,
    'repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2',
  );
  await Promise.all([
    $`sh ${join(initScripts, 'api-template.sh')} ${apiTemplate}`,
    $`sh ${join(initScripts, 'listener-profile.sh')} ${listenerProfile} ${recipientsTruststore}`,
  ]);
}

async function writeToml(home: string, toml: string): Promise<void> {
  const file = join(home, 'repository', 'conf', 'deployment.toml');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, toml);
}

async function identity(state: StateDirectory, name: string, file: string, type: Store['type'], password: string) {
  const [key, chain] = await Promise.all([
    readFile(join(state.pki, `${name}.key`), 'utf8'),
    readFile(join(state.pki, `${name}.pem`), 'utf8'),
  ]);
  await onceForContent(file, certificateSetHash([{ alias: keyAlias, pem: chain }]), () =>
    writeKeystore({ file, type, password, alias: keyAlias, key, chain }),
  );
}

async function trust(file: string, type: Store['type'], password: string, entries: TrustEntry[]): Promise<void> {
  await onceForContent(file, certificateSetHash(entries), () => writeTruststore({ file, type, password, entries }));
}

function securityFolder(home: string): string {
  return join(home, 'repository', 'resources', 'security');
}
