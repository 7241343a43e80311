import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify from 'fastify';
import { type Logger, pino } from 'pino';
import { openRequestLog, type RequestLog } from '../request-log.ts';
import { openServerHome } from '../server-home.ts';
import { openState } from '../state.ts';
import { apiResourceManagement } from './api-resource-management.ts';
import { administratorCheck, onlyAdministrator } from './basic-authentication.ts';
import { acceptBodies } from './bodies.ts';
import { clientAuthentication } from './client-authentication.ts';
import { clientRegistration } from './client-registration.ts';
import { discovery } from './discovery.ts';
import { openIssuedTokens } from './issued-tokens.ts';
import { createListener } from './listener.ts';
import { createOutboundFetch } from './outbound.ts';
import { createProvider, ROUTES } from './provider.ts';
import { roles } from './roles.ts';
import { scopeManagement } from './scope-management.ts';
import { type IdentityServerSettings, readSettings } from './settings.ts';
import { signingKeyFrom } from './signing-key.ts';
import { tokenEndpoints } from './token-endpoints.ts';

export interface IdentityServerOptions {
  /** The server's home: `repository/conf/deployment.toml`, the stores below `repository/resources/security`. */
  home: string;
  /** What `$env{NAME}` in deployment.toml stands for. */
  env: Record<string, string | undefined>;
  logger?: Logger;
}

export interface RunningIdentityServer {
  /** `https://<hostname>:<port>` */
  url: string;
  /** The `iss` of tokens. */
  issuer: string;
  close(): Promise<void>;
}

/**
 * Starts the emulator of WSO2 Identity Server 7.3.0 on 9443 plus `[server] offset`. What it keeps is in
 * `repository/database` and outlives it. Throws when a setting or store is missing or wrong, or the port is in use.
 */
export async function startIdentityServer(options: IdentityServerOptions): Promise<RunningIdentityServer> {
  const { env, logger = pino({ level: 'silent' }) } = options;
  const home = openServerHome(options.home, env);
  const settings = readSettings(home);
  const requestLog = openRequestLog(home.file('repository', 'logs', 'requests.ndjson'));
  const state = openState(home.file('repository', 'database', 'identity-server.db'));
  const tokens = openIssuedTokens(state);
  const signingKey = signingKeyFrom(settings.signing);
  const fetch = createOutboundFetch(settings.trusted);
  const provider = createProvider({ settings, state, tokens, signingKey, fetch, logger });
  const isAdministrator = administratorCheck(settings.administrator);
  const authenticateClient = clientAuthentication(provider, [settings.issuer, `${settings.url}/oauth2/revoke`], fetch);

  const oauth = provider.callback();
  const app = fastify({
    serverFactory: (management) =>
      createListener(settings, (request, response) => {
        const handle = isOauth(request) ? oauth : management;
        logBeforeAnswer(request, response, requestLog);
        void handle(request, response);
      }),
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  acceptBodies(app);
  await app.register(discovery(settings));
  await app.register(
    tokenEndpoints({ issuer: settings.issuer, tokens, signingKey, isAdministrator, authenticateClient }),
  );
  // [I] The product's health document has more checks; this is their common shape.
  app.get('/api/health-check/v1.0/health', async () => ({ health: [{ key: 'server.status', value: 'UP' }] }));
  await app.register(async (management) => {
    management.addHook('preHandler', onlyAdministrator(isAdministrator));
    await management.register(clientRegistration(state, tokens), { prefix: '/api/identity/oauth2/dcr/v1.1' });
    await management.register(scopeManagement(state), { prefix: '/api/identity/oauth2/v1.0/scopes' });
    await management.register(apiResourceManagement(state), { prefix: '/api/server/v1/api-resources' });
    await management.register(roles(state), { prefix: '/scim2/v2/Roles' });
  });

  try {
    await app.listen(bindingOf(settings));
  } catch (error) {
    state.close();
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? portInUse(settings.port, error) : error;
  }
  return {
    url: settings.url,
    issuer: settings.issuer,
    close: async () => {
      await app.close();
      state.close();
    },
  };
}

/** Whether oidc-provider answers; everything else is this emulator's own. */
function isOauth(request: IncomingMessage): boolean {
  const path = (request.url ?? '').replace(/[?#].*$/, '');
  return Object.values<string>(ROUTES).includes(path) || path.startsWith(`${ROUTES.authorization}/`);
}

/** The product listens everywhere; a server that calls itself localhost has no business beyond loopback. */
function bindingOf({ hostname, port }: IdentityServerSettings) {
  return { port, host: hostname === 'localhost' ? '127.0.0.1' : '0.0.0.0' };
}

function portInUse(port: number, cause: unknown): Error {
  return new Error(`port ${port} is in use: stop what listens there, or choose another [server] offset`, { cause });
}

/** Logs a request just before its answer ends, so that whoever has the answer finds the request in the log. */
function logBeforeAnswer(request: IncomingMessage, response: ServerResponse, log: RequestLog): void {
  const end = response.end.bind(response) as (...parts: unknown[]) => ServerResponse;
  const endLogged = (...parts: unknown[]) => {
    response.end = end;
    const { method = '', url = '' } = request;
    log.append({ server: 'identity-server', method, path: url, status: response.statusCode });
    return end(...parts);
  };
  response.end = endLogged;
}
