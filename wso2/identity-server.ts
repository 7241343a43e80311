import { z } from 'zod';
import type { Credentials, Readiness, ServerAccess } from './access.ts';
import { type ApiResources, apiResourcesClient } from './api-resources.ts';
import { type Applications, applicationsClient } from './applications.ts';
import { Wso2Error } from './errors.ts';
import { bounded, openTransport, type Send } from './http.ts';
import { whetherOperational } from './readiness.ts';
import { rememberReads } from './remembered-reads.ts';
import { absentAsNull, jsonBody, rest, segment } from './rest.ts';
import { type ScimClient, scimClient } from './scim.ts';
import { basic } from './tokens.ts';

export const discoverySchema = z.looseObject({
  issuer: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  introspection_endpoint: z.string().nullish(),
  revocation_endpoint: z.string().nullish(),
  authorization_endpoint: z.string().nullish(),
  userinfo_endpoint: z.string().nullish(),
});
/** The OpenID provider's metadata. `issuer` is what its tokens carry; take it from here, do not compute it. */
export type OpenIdConfiguration = z.infer<typeof discoverySchema>;

export const oauthClientSchema = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().nullish(),
  client_name: z.string().nullish(),
  // Identity Server writes none as one that is empty.
  redirect_uris: z
    .array(z.string())
    .transform((uris) => uris.filter((uri) => uri !== ''))
    .nullish(),
  grant_types: z.array(z.string()).nullish(),
});
/** A client as Identity Server stores it. `client_secret` is a secret: do not log it. */
export type OAuthClient = z.infer<typeof oauthClientSchema>;

/** Client metadata (RFC 7591 and Identity Server's own `ext_…` members). */
export interface OAuthClientBody {
  client_name: string;
  redirect_uris?: string[];
  grant_types?: string[];
  token_endpoint_auth_method?: string;
  jwks_uri?: string;
  [member: string]: unknown;
}

/** Dynamic client registration, v1.1. */
export interface ClientRegistration {
  /** The client with exactly this name, or null. */
  findByName(name: string): Promise<OAuthClient | null>;
  /** Not an upsert: a name that exists is a `conflict`. */
  create(body: OAuthClientBody): Promise<OAuthClient>;
  /** The client, or null if no client has this id. */
  read(clientId: string): Promise<OAuthClient | null>;
  update(clientId: string, body: OAuthClientBody): Promise<OAuthClient>;
  /** Done when the client is gone, also when it was gone before. */
  remove(clientId: string): Promise<void>;
}

export interface IdentityServer {
  readonly url: string;
  /** @throws Wso2Error when waiting cannot help, such as an untrusted certificate */
  health(): Promise<Readiness>;
  discovery(): Promise<OpenIdConfiguration>;
  readonly clients: ClientRegistration;
  readonly applications: Applications;
  readonly apiResources: ApiResources;
  readonly scim: ScimClient;
  /** Whether a role can hold this permission, which Identity Server calls a scope: each version of 7.x has more. */
  hasPermission(name: string): Promise<boolean>;
  /** Drops what is remembered of users and roles, so that the next read is one. */
  forget(): void;
  /** The same server; calls that are under way when `signal` is aborted end with it. */
  within(signal: AbortSignal): IdentityServer;
  /** Closes idle connections. */
  close(): void;
}

const REGISTRATION = '/api/identity/oauth2/dcr/v1.1/register';

/** The endpoints that write clients. DCR v1.1 finds clients of both, and is the only one that returns a client's secret. */
const registrations = {
  'dcr-v1.1': REGISTRATION,
  /** The Open Banking accelerator's: Identity Server before 7.0 can hold a CDR client by no other. */
  accelerator: '/api/openbanking/dynamic-client-registration/register',
} as const;

export type RegistrationEndpoint = keyof typeof registrations;

/**
 * Prepares a client for Identity Server; nothing is sent before the first call.
 * @throws TypeError when the address is not https or the CA bundle cannot be read
 */
export function connectIdentityServer(
  access: ServerAccess,
  credentials: Credentials,
  options: { registration?: RegistrationEndpoint; rememberReads?: boolean } = {},
): IdentityServer {
  const writesTo = registrations[options.registration ?? 'dcr-v1.1'];
  const transport = openTransport('Identity Server', access);
  transport.secrets.add(credentials.password);
  const authorization = basic(transport, credentials.username, credentials.password);
  // A client that does not exist, by id or by name, is a 401 without a word (DCRMUtils of identity-inbound-auth-oauth).
  const one = (clientId: string, path: string = REGISTRATION) => ({
    path: `${path}/${segment(clientId)}`,
    authorization,
    bare401IsAbsent: true,
  });
  const memory = rememberReads();
  const speaking = (send: Send): IdentityServer => {
    const server = rest(send);
    const remembered = options.rememberReads ? rest(memory.through(send)) : server;
    const clients: ClientRegistration = {
      async findByName(name) {
        const request = { path: REGISTRATION, query: { client_name: name }, authorization, bare401IsAbsent: true };
        const found = await absentAsNull(server.json({ ...request, method: 'GET' }, oauthClientSchema));
        return found?.client_name === name ? found : null;
      },
      async create(body) {
        const request = { method: 'POST', path: writesTo, authorization, body: jsonBody(body) } as const;
        const client = await server.json(request, oauthClientSchema).catch(async (error: unknown) => {
          // A name that is taken gives 400 invalid_client_metadata, like any other fault: a read shows it, so no text is compared.
          const refused = error instanceof Wso2Error && error.status === 400;
          const isTaken = refused && (await clients.findByName(body.client_name)) !== null;
          throw isTaken ? new Wso2Error('conflict', error.message, error) : error;
        });
        if (writesTo === REGISTRATION) return client;
        return server.json({ ...one(client.client_id), method: 'GET' }, oauthClientSchema);
      },
      read: (clientId) => absentAsNull(server.json({ ...one(clientId), method: 'GET' }, oauthClientSchema)),
      update: (clientId, body) =>
        server.json({ ...one(clientId, writesTo), method: 'PUT', body: jsonBody(body) }, oauthClientSchema),
      remove: (clientId) => server.gone(one(clientId, writesTo)),
    };
    return {
      url: transport.url,
      health: () =>
        whetherOperational(() =>
          server.done({ method: 'GET', path: '/api/health-check/v1.0/health', repetition: 'never' }),
        ),
      discovery: () =>
        server.json({ method: 'GET', path: '/oauth2/token/.well-known/openid-configuration' }, discoverySchema),
      clients,
      applications: applicationsClient(server, authorization),
      apiResources: apiResourcesClient(remembered, authorization),
      scim: scimClient(remembered, authorization),
      async hasPermission(name) {
        const query = { filter: `name eq ${name}` };
        const request = { method: 'GET', path: '/api/server/v1/scopes', query, authorization } as const;
        const found = await remembered.json(request, z.array(z.looseObject({ name: z.string() })));
        return found.some((scope) => scope.name === name);
      },
      forget: memory.forget,
      within: (signal) => speaking(bounded(transport.send, signal)),
      close: transport.close,
    };
  };
  return speaking(transport.send);
}
