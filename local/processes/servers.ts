import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownSecrets } from '../../programs/deployment-toml/own-secrets.ts';
import { clientKeyOptions, secretEnvironment } from '../../programs/deployment-toml/stores.ts';
import type { StackOutputs } from '../../programs/outputs.ts';
import { type GenerationName, generations } from '../../programs/products.ts';
import type { ProductHome, ProductHomes } from '../wso2-home/product-home.ts';
import { productProgram, productVariables } from '../wso2-home/program.ts';
import type { Ports } from './ports.ts';
import { administrator, type Secrets, serviceUsersOf } from './secrets.ts';
import type { StateDirectory } from './state-directory.ts';
import { pemBundle } from './trust.ts';

/** One server of the environment: what to run, and how. */
export interface Server {
  name: 'register' | 'identity-server' | 'api-manager' | 'dcr-service';
  /** Its thin `main.ts`. */
  entry: string;
  args: string[];
  env: Record<string, string>;
  /** The server that is to be up before this one starts. */
  after?: Server['name'];
  /** How long it may take to end, in seconds, where that is longer than others take. */
  closeSeconds?: number;
}

/** Where the servers of an environment are reached. */
export interface Urls {
  apiManager: string;
  gateway: string;
  identityServer: string;
  issuer: string;
  register: string;
  recipient: string;
  dcrService: string;
}

export function serverUrls(ports: Ports): Urls {
  const identityServer = `https://localhost:${9443 + ports.identityServerOffset}`;
  return {
    apiManager: `https://localhost:${9443 + ports.apiManagerOffset}`,
    gateway: `https://localhost:${8243 + ports.apiManagerOffset}`,
    identityServer,
    issuer: `${identityServer}/oauth2/token`,
    register: `https://localhost:${ports.register}`,
    recipient: `https://localhost:${ports.recipient}`,
    dcrService: `https://localhost:${ports.dcrService}`,
  };
}

/** The servers of the environment. Of WSO2's own, `homes` has what is to run in the emulator's place. */
export function servers(
  state: StateDirectory,
  ports: Ports,
  secrets: Secrets,
  generation: GenerationName = '4.7',
  homes: ProductHomes = {},
): Server[] {
  const urls = serverUrls(ports);
  const stores = {
    [secretEnvironment.tlsKeystorePassword]: secrets.storePassword,
    [secretEnvironment.signingKeystorePassword]: secrets.storePassword,
    [secretEnvironment.truststorePassword]: secrets.storePassword,
    [secretEnvironment.databasePassword]: secrets.storePassword,
  };
  const { apiManager, identityServer } = generations[generation];
  const versions = {
    'api-manager': homes.apiManager?.version ?? apiManager.version,
    'identity-server': homes.identityServer?.version ?? identityServer.version,
  };
  const own = (server: 'api-manager' | 'identity-server') =>
    Object.fromEntries(
      Object.entries(ownSecrets(server, versions[server])).map(([variable, derive]) => [variable, derive(secrets)]),
    );
  return [
    {
      name: 'register',
      entry: entryOf('../register/main.ts'),
      args: ['--pki', state.pki, '--register-port', `${ports.register}`, '--recipient-port', `${ports.recipient}`],
      env: {},
    },
    {
      name: 'identity-server',
      ...program('../emulator/identity-server/main.ts', state.identityServerHome, homes.identityServer),
      env: {
        ...stores,
        ...(homes.identityServer && productVariables(homes.identityServer)),
        [secretEnvironment.administratorPassword]: secrets.identityServerPassword,
        ...own('identity-server'),
      },
    },
    {
      name: 'api-manager',
      ...program('../emulator/api-manager/main.ts', state.apiManagerHome, homes.apiManager),
      env: {
        ...stores,
        ...(homes.apiManager && productVariables(homes.apiManager, join(state.apiManagerHome, clientKeyOptions))),
        [secretEnvironment.administratorPassword]: secrets.apiManagerPassword,
        ...own('api-manager'),
      },
    },
    {
      name: 'dcr-service',
      entry: entryOf('../../dcr-service/main.ts'),
      args: [],
      env: {
        ...dcrEnvironment(state, ports, secrets, urls),
        DCR_CLIENT_REGISTRATION: generations[generation].clientRegistration,
        // WSO2's own take their time for what they do first, the more so where both share a machine with everything else.
        ...(Object.keys(homes).length > 0 && { DCR_PLATFORM_TIMEOUT_MS: '20000', DCR_DEADLINE_MS: '50000' }),
      },
      // It loads the Register's keys when it starts, and after a failure waits before it asks again.
      after: 'register',
    },
  ];
}

/**
 * Starts servers side by side, each after the one that it comes after.
 *
 * @returns what became of each, in the order given.
 */
export function startInOrder<T>(
  declared: Server[],
  start: (server: Server) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const starting = new Map<Server['name'], Promise<T>>();
  const startOnce = (server: Server): Promise<T> => {
    const before = declared.find(({ name }) => name === server.after);
    const started = starting.get(server.name) ?? (before ? startOnce(before).then(() => start(server)) : start(server));
    starting.set(server.name, started);
    return started;
  };
  return Promise.allSettled(declared.map(startOnce));
}

function dcrEnvironment(state: StateDirectory, ports: Ports, secrets: Secrets, urls: Urls): Record<string, string> {
  const users = serviceUsersOf(secrets);
  const identityServer = users?.registration ?? { username: administrator, password: secrets.identityServerPassword };
  const apiManager = users?.subscriber ?? { username: administrator, password: secrets.apiManagerPassword };
  return {
    DCR_HOST: '127.0.0.1',
    DCR_PORT: `${ports.dcrService}`,
    DCR_HEALTH_HOST: '127.0.0.1',
    DCR_HEALTH_PORT: `${ports.dcrHealth}`,
    DCR_TLS_CERT_FILE: join(state.pki, 'dcr-service.pem'),
    DCR_TLS_KEY_FILE: join(state.pki, 'dcr-service.key'),
    // The gateway's certificate comes from the CDR's CA, as recipients' do: its name distinguishes it.
    DCR_GATEWAY_CA_FILE: join(state.pki, 'cdr-root.pem'),
    DCR_GATEWAY_NAMES: 'gateway.data-holder.example',
    DCR_ISSUER: urls.issuer,
    DCR_REGISTER_JWKS_URL: `${urls.register}/cdr-register/v1/jwks`,
    DCR_TRUST_FILE: join(state.path, 'trust', 'bundle.pem'),
    DCR_RECIPIENT_CA_FILE: join(state.path, 'trust', 'recipients.pem'),
    // Register and recipient are on this machine.
    DCR_ALLOWED_PRIVATE_ADDRESSES: '127.0.0.0/8,::1/128',
    // Certificates name the Register's usual port, and it may have had to take another.
    DCR_REVOCATION: 'soft',
    DCR_IS_URL: urls.identityServer,
    DCR_IS_USERNAME: identityServer.username,
    DCR_IS_PASSWORD: identityServer.password,
    DCR_APIM_URL: urls.apiManager,
    DCR_APIM_USERNAME: apiManager.username,
    DCR_APIM_PASSWORD: apiManager.password,
    DCR_KEY_MANAGER: 'OBKM',
    DCR_DATABASE: state.dcrDatabase,
  };
}

/** What `pulumi up` would print for this environment: what the scripts need to know of it. */
export async function stackOutputs(
  state: StateDirectory,
  ports: Ports,
  generation: GenerationName,
): Promise<StackOutputs> {
  const urls = serverUrls(ports);
  const [serverCas, recipientCas] = await Promise.all([pemBundle(state.serverTrust), pemBundle(state.recipientTrust)]);
  return {
    generation,
    apiManager: { url: urls.apiManager, gatewayUrl: urls.gateway },
    identityServer: { url: urls.identityServer, issuer: urls.issuer },
    dcrService: { url: urls.dcrService },
    // API Manager's certificate is the gateway's, which the standard wants from the CDR's CA.
    trust: { servers: `${serverCas}\n${recipientCas}`, recipients: recipientCas },
  };
}

/** What runs a server from its home: the emulator, or WSO2's own. */
function program(emulator: string, home: string, real: ProductHome | undefined) {
  return real ? productProgram(real, home) : { entry: entryOf(emulator), args: ['--home', home] };
}

function entryOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
