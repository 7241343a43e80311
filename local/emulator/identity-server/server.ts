import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import fastify, { type FastifyPluginAsync, type FastifyRequest } from 'fastify';
import { type Logger, pino } from 'pino';
import { openTables } from '../database/open-tables.ts';
import { type Faults, openFaults, withFaults } from '../faults.ts';
import { openRequestLog, withRequestLog } from '../request-log.ts';
import { openServerHome } from '../server-home.ts';
import { hasAccelerator, versionOf } from '../server-version.ts';
import { openUserStore } from '../user-store.ts';
import { acceleratorRegistration, acceleratorRegistrationPath } from './accelerator-registration.ts';
import { registeredScopes } from './api-resource.ts';
import { apiResourceManagement, scopeList } from './api-resource-management.ts';
import { applications } from './applications.ts';
import { authentication } from './authentication.ts';
import { onlyPermitted, permissionCheck } from './authorization.ts';
import { acceptBodies } from './bodies.ts';
import { clientAuthentication } from './client-authentication.ts';
import { openClientCache } from './client-cache.ts';
import { clientRegistration } from './client-registration.ts';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import { readClustering } from './cluster/clustering.ts';
import { consumerLogin } from './consumer-login.ts';
import { discovery } from './discovery.ts';
import { frontDoors } from './front-doors.ts';
import { health } from './health.ts';
import { identityGovernance, identityProviders } from './identity-providers.ts';
import { openIssuedTokens } from './issued-tokens.ts';
import { keyManagerOperations } from './key-manager-operations.ts';
import { createListener, thumbprintOf } from './listener.ts';
import { createOutboundFetch } from './outbound.ts';
import { systemPermissions } from './permissions.ts';
import { createProvider, ROUTES } from './provider.ts';
import type { RegisteredClient } from './registered-client.ts';
import { findClient } from './registered-client.ts';
import { roleReference } from './role-answers.ts';
import { openRoleStore } from './role-store.ts';
import { roles } from './roles.ts';
import { scopeManagement } from './scope-management.ts';
import { type GrantsScopes, grantedScopes } from './scopes.ts';
import { type IdentityServerSettings, readSettings } from './settings.ts';
import { signingKeyFrom } from './signing-key.ts';
import { tokenEndpoints, tokenReader } from './token-endpoints.ts';
import { userTable } from './user-table.ts';
import { users } from './users.ts';
import { identityServerVersions } from './version.ts';

export interface IdentityServerOptions {
  /** The server's home: `repository/conf/deployment.toml`, the stores below `repository/resources/security`. */
  home: string;
  /** What `$env{NAME}` in deployment.toml stands for. */
  env: Record<string, string | undefined>;
  /** Injected faults of calls. Default: none. */
  faults?: Faults;
  logger?: Logger;
  /** Where a test has what Kubernetes mounts for a pod's service account. */
  serviceAccount?: string;
}

export interface RunningIdentityServer {
  /** `https://<hostname>:<port>` */
  url: string;
  /** The `iss` of tokens. */
  issuer: string;
  readonly faults: Faults;
  close(): Promise<void>;
}

/**
 * Starts the emulator of WSO2 Identity Server, in the version of its home, on 9443 plus `[server] offset`. Its state is in the databases
 * that deployment.toml names, and survives restarts. Throws if a setting or store is missing or wrong, if a port is in use, or if it is a
 * replica and cannot find the others by Kubernetes' API.
 */
export async function startIdentityServer(options: IdentityServerOptions): Promise<RunningIdentityServer> {
  const { env, logger = pino({ level: 'silent' }), faults = openFaults() } = options;
  const home = openServerHome(options.home, env);
  const product = versionOf(home, identityServerVersions, logger);
  const settings = readSettings(home, product);
  const clustering = readClustering(home, env, options.serviceAccount);
  const requestLog = openRequestLog(home.file('repository', 'logs', 'requests.ndjson'));
  const databases = openTables(home, {
    state: ['identity_db', 'emulated_identity_server'],
    // Users and roles.
    accounts: ['shared_db', 'emulated_identity_server_users'],
  });
  const { accounts } = databases.tables;
  let cluster: Cluster | undefined;
  const { state, forget } = openClientCache(databases.tables.state, (entry) => cluster?.tell(entry));
  const tokens = openIssuedTokens(state);
  const signingKey = signingKeyFrom(settings.signing);
  const fetch = createOutboundFetch(settings.trusted);
  const userStore = openUserStore(home, userTable(accounts), []);
  const roleStore = openRoleStore(accounts, userStore);
  const ownerOf = ({ ext_application_owner: name }: Pick<RegisteredClient, 'ext_application_owner'>) =>
    name === undefined ? undefined : userStore.find(name)?.id;
  const isStored = (clientId: string) => findClient(databases.tables.state, clientId) !== undefined;
  const granted: GrantsScopes = (requested, clientId, grantee) =>
    grantedScopes(requested, { state, settings: settings.scopes, version: product, clientId, grantee });
  const usernameOf = (id: string) => userStore.list().find((user) => user.id === id)?.username;
  const provider = createProvider({
    ...{ settings, product, ownerOf, isStored, state, tokens, signingKey, fetch, logger },
    ...{ granted, usernameOf },
  });
  const { issuer } = settings;
  const activeToken = tokenReader({ issuer, tokens, signingKey });
  const may = permissionCheck(userStore, roleStore, product);
  const authenticate = authentication({
    users: userStore,
    doors: settings.doors,
    scopesOf: async (token, request) => {
      const active = await activeToken(token);
      const isBearers = active?.thumbprint === undefined || active.thumbprint === thumbprintOf(request);
      return active && isBearers ? tokens.tell(active) : undefined;
    },
  });
  const authenticateClient = clientAuthentication(provider, [settings.issuer, `${settings.url}/oauth2/revoke`], fetch);

  const ownersSubject = (clientId: string) => {
    const client = findClient(state, clientId);
    const sub = client && ownerOf(client);
    return sub === undefined ? undefined : { sub, username: String(client?.ext_application_owner) };
  };
  const oauth = provider.callback();
  let onRequest: RequestListener = () => {};
  const app = fastify({
    serverFactory: (management) => {
      onRequest = withFaults(
        faults,
        'identity-server',
        withRequestLog(requestLog, 'identity-server', (request, response) => {
          request.url = (request.url ?? '').replace(/^\/t\/carbon\.super(?=\/)/, '');
          const handle = isOauth(request) ? oauth : management;
          void handle(request, response);
        }),
      );
      return createListener(settings, onRequest);
    },
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  acceptBodies(app);
  await app.register(discovery(settings, product));
  app.decorateRequest('askedBy');
  const subjectOf = (clientId: string) => (product.subject === 'owner' ? ownersSubject(clientId) : undefined);
  await app.register(
    tokenEndpoints({ issuer, tokens, activeToken, authenticate, may, authenticateClient, ownerOf: subjectOf }),
  );
  await app.register(consumerLogin({ provider, users: userStore, granted }));
  await app.register(frontDoors({ authenticate, users: userStore, guarded: settings.doors.guarded }));
  await app.register(health(databases.tables, home.setting<boolean>('carbon_health_check.enable') ?? false));
  const own = [...systemPermissions].filter((permission) => !product.lacksPermissions.includes(permission));
  const exists = (permission: string) => own.includes(permission) || registeredScopes(state).has(permission);
  const { url } = settings;
  const { listsShowRoles } = product;
  const hasOldRoles = product.lacksApis.includes('/scim2/v2/Roles');
  const userRules = { users: product.users, roleReference: hasOldRoles ? undefined : roleReference(url) };
  const management: [prefix: string, area: string, routes: FastifyPluginAsync][] = [
    [
      '/api/identity/oauth2/dcr/v1.1',
      'internal_dcr',
      clientRegistration(state, tokens, product.registration, settings),
    ],
    ['/api/identity/oauth2/v1.0/scopes', 'internal_oauth_scope', scopeManagement(state)],
    ['/api/server/v1/api-resources', 'internal_api_resource', apiResourceManagement(state, tokens)],
    ['/api/server/v1/scopes', 'internal_api_resource', scopeList(state, own)],
    ['/api/server/v1/applications', 'internal_application_mgt', applications(state, tokens, settings)],
    ['/api/server/v1/identity-providers', 'internal_idp', identityProviders(state)],
    ['/api/server/v1/identity-governance', 'internal_governance', identityGovernance],
    ['/scim2/v2/Roles', 'internal_role_mgt', roles(roleStore, url, { may, exists, listsShowRoles })],
    ['/scim2/Roles', 'internal_role_mgt', roles(roleStore, url)],
    ['/scim2/Users', 'internal_user_mgt', users(userStore, roleStore, url, userRules)],
  ];
  if (hasAccelerator(home)) {
    const nameBySoftwareId = home.setting<boolean>('open_banking.dcr.use_softwareIdForAppName') ?? true;
    management.push(
      [
        '/keymanager-operations',
        'internal_application_mgt',
        keyManagerOperations(state, tokens, settings.flows.grants),
      ],
      [
        acceleratorRegistrationPath,
        'internal_application_mgt',
        acceleratorRegistration(state, tokens, { nameBySoftwareId, grants: settings.flows.grants }),
      ],
    );
  }
  for (const [prefix, area, routes] of management) {
    if (product.lacksApis.includes(prefix)) continue;
    await app.register(
      async (scope) => {
        scope.addHook('preHandler', onlyPermitted(authenticate, may, permissionIn(area)));
        await scope.register(routes);
      },
      { prefix },
    );
  }

  const plain = createServer((request, response) => onRequest(request, response));
  try {
    if (clustering) cluster = await startCluster(clustering, { forget, logger });
    await app.listen(bindingOf(settings));
    const { plainPort } = settings;
    if (plainPort !== undefined) await listenPlainly(plain, { ...bindingOf(settings), port: plainPort });
  } catch (error) {
    await cluster?.close();
    databases.close();
    await app.close();
    const { code, port = settings.port } = error as NodeJS.ErrnoException & { port?: number };
    throw code === 'EADDRINUSE' ? portInUse(port, error) : error;
  }
  return {
    url: settings.url,
    issuer: settings.issuer,
    faults,
    close: async () => {
      plain.close().closeAllConnections();
      await app.close();
      await cluster?.close();
      databases.close();
    },
  };
}

/** Whether oidc-provider answers; everything else is this emulator's own. */
function isOauth(request: IncomingMessage): boolean {
  const path = (request.url ?? '').replace(/[?#].*$/, '');
  return Object.values<string>(ROUTES).includes(path) || path.startsWith(`${ROUTES.authorization}/`);
}

/** The permission that a call needs; the product calls it a scope, and has one for each verb of each API. */
function permissionIn(area: string): (request: FastifyRequest) => string {
  return ({ method, routeOptions: { url = '' } }) => {
    const verbs: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' };
    // An application is changed by what it is authorized for, whatever the verb.
    if (url.includes('/authorized-apis') && method !== 'GET') return `${area}_update`;
    const search = method === 'POST' && url.endsWith('/.search');
    const list = area === 'internal_user_mgt' && (search || !url.includes(':'));
    return `${area}_${(search ? undefined : verbs[method]) ?? (list ? 'list' : 'view')}`;
  };
}

function listenPlainly(server: ReturnType<typeof createServer>, binding: { port: number; host: string }) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(binding, resolve);
  });
}

/** The product listens everywhere; a server that calls itself localhost has no business beyond loopback. */
function bindingOf({ hostname, port }: IdentityServerSettings) {
  return { port, host: hostname === 'localhost' ? '127.0.0.1' : '0.0.0.0' };
}

function portInUse(port: number, cause: unknown): Error {
  return new Error(`port ${port} is in use: stop what listens there, or choose another [server] offset`, { cause });
}
