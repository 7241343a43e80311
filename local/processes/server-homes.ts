import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { apiManagerToml } from '../../programs/deployment-toml/api-manager.ts';
import type { DataSource } from '../../programs/deployment-toml/databases.ts';
import { identityServerToml } from '../../programs/deployment-toml/identity-server.ts';
import { clientKeyOptions, keyAlias, recipientsStore, type Store } from '../../programs/deployment-toml/stores.ts';
import { type GenerationName, generations, signingKeystore as signingKeystoreOf } from '../../programs/products.ts';
import { registrationPath } from '../../programs/public-addresses.ts';
import { certificateSetHash, storeTool, writeKeystore, writeTruststore } from '../pki/stores.ts';
import { layProductHome, readyProductHome } from '../wso2-home/lay-home.ts';
import { onLoopback } from '../wso2-home/loopback.ts';
import type { ProductHomes } from '../wso2-home/product-home.ts';
import { layEmulatorHome } from './emulator-home.ts';
import { prepareGatewayTemplates } from './gateway-templates.ts';
import { onceForContent } from './once-for-content.ts';
import type { Ports } from './ports.ts';
import { administrator, type Secrets } from './secrets.ts';
import type { StateDirectory } from './state-directory.ts';
import { pemFiles, type TrustEntry } from './trust.ts';

const hostname = 'localhost';

/**
 * Writes the homes that API Manager and Identity Server start from: deployment.toml, stores and templates. State that
 * a server keeps in its home stays; stores are rebuilt only when a certificate in them changed.
 *
 * @param homes WSO2's own distributions that run in the emulator's place: what is written is a copy of theirs.
 */
export async function writeServerHomes(
  state: StateDirectory,
  ports: Ports,
  secrets: Secrets,
  generation: GenerationName,
  homes: ProductHomes = {},
): Promise<void> {
  // Real keytool writes JKS, API Manager's own type; without one there is no JKS writer to trust.
  const type = storeTool() === 'keytool' ? 'JKS' : 'PKCS12';
  const home: HomeContent = { ports, secrets, type, generation, homes };
  await Promise.all([writeApiManagerHome(state, home), writeIdentityServerHome(state, home)]);
}

interface HomeContent {
  ports: Ports;
  secrets: Secrets;
  /** What stores of type JKS are here. */
  type: Store['type'];
  generation: GenerationName;
  homes: ProductHomes;
}

/** The database in which the accelerator's key manager finds what Identity Server keeps. */
const sharedDatabase = (state: StateDirectory): DataSource => ({
  type: 'h2',
  url: `jdbc:h2:${join(state.sharedDatabases, 'apimgt')};AUTO_SERVER=TRUE`,
  username: 'wso2carbon',
  driver: 'org.h2.Driver',
});

async function writeApiManagerHome(state: StateDirectory, { ports, secrets, type, generation, homes }: HomeContent) {
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
    version: homes.apiManager?.version ?? product.version,
    ...(accelerator && { dataSources: { apim_db: sharedDatabase(state) }, acceleratorKeyManager: 'OBKM' }),
  });
  await layHome(state, 'apiManager', generation, homes);
  await Promise.all([
    writeToml(home, homes.apiManager ? onLoopback(toml, homes.apiManager) : toml),
    prepareGatewayTemplates(home, recipientsTruststore, `https://${hostname}:${ports.dcrService}`),
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
  if (homes.apiManager) {
    await writeClientKeyOptions(home, keystore, secrets.storePassword);
    await readyProductHome(homes.apiManager, home);
  }
}

async function writeIdentityServerHome(state: StateDirectory, content: HomeContent) {
  const { ports, secrets, type: jks, generation, homes } = content;
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
    version: homes.identityServer?.version ?? product.version,
    nodeAddress: '127.0.0.1',
    keystore,
    signingKeystore,
    truststore,
    apiManagerUrl: `https://${hostname}:${9443 + ports.apiManagerOffset}`,
    registrationUrl: `https://${hostname}:${8243 + ports.apiManagerOffset}${registrationPath}`,
    ...(accelerator && { accelerator, dataSources: { identity_db: sharedDatabase(state) } }),
  });
  await layHome(state, 'identityServer', generation, homes);
  await Promise.all([
    writeToml(home, homes.identityServer ? onLoopback(toml, homes.identityServer) : toml),
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
    trust(
      join(securityFolder(home), recipientsStore(truststore).fileName),
      type,
      secrets.storePassword,
      await pemFiles(state.recipientTrust),
    ),
  ]);
  if (homes.identityServer) await readyProductHome(homes.identityServer, home);
}

/** What the server's image or distribution brings. */
async function layHome(
  state: StateDirectory,
  server: keyof ProductHomes,
  generation: GenerationName,
  homes: ProductHomes,
): Promise<void> {
  const target = state[`${server}Home`];
  const home = homes[server];
  await (home ? layProductHome(home, target) : layEmulatorHome(target, server, generation));
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

/** As the init step of API Manager's pod: programs/init/api-manager.sh. */
async function writeClientKeyOptions(home: string, { fileName, type }: Store, password: string): Promise<void> {
  const options = {
    keyStore: join(securityFolder(home), fileName),
    keyStoreType: type,
    keyStorePassword: `"${password.replace(/[\\"]/g, '\\$&')}"`,
  };
  const lines = Object.entries(options).map(([name, value]) => `-Djavax.net.ssl.${name}=${value}\n`);
  await writeFile(join(home, clientKeyOptions), lines.join(''), { mode: 0o600 });
}
