import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { dataHolderScopes } from '@cdr-stack/wso2';

/** How far the stub is with a call: it has come in, it has been done, its answer has been sent. */
export type Stage = 'arrived' | 'done' | 'answered';

export interface StubCall {
  /** 1 for the first call since {@link Wso2Stub.onCall} was set. */
  readonly number: number;
  readonly server: 'Identity Server' | 'API Manager';
  /** As in `POST client` or `GET application`. */
  readonly name: string;
}

/** What happens instead of going on; nothing: go on. */
export type Trouble = 'hang' | 'cut' | { readonly status: number; readonly body: string };

/**
 * WSO2 Identity Server and API Manager on one port, as far as a registration calls them: at once, over TLS, and with a
 * memory that outlives the service that calls.
 */
export interface Wso2Stub {
  readonly url: string;
  /** By name; `client_id` and what was registered. An application has the id of its client. */
  readonly clients: Map<string, Record<string, unknown> & { client_id: string }>;
  /** By client id: what the client is authorized for, and what is kept of its redirect URIs. */
  readonly bound: Map<string, { scopes: string[] | undefined; callbackURLs: string[] }>;
  /** By name. */
  readonly applications: Map<string, { applicationId: string; consumerKey: string | undefined; apis: string[] }>;
  /** Sees every call at every stage, and may make trouble. */
  onCall(watch: (call: StubCall, stage: Stage) => Trouble | undefined | Promise<Trouble | undefined>): void;
  /** Documents under other paths, such as key sets; they are no calls. */
  readonly documents: Map<string, unknown>;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body?: unknown];

const registration = '/api/identity/oauth2/dcr/v1.1/register';
const portal = '/api/am/devportal/v3';
const offered = ['cdr:registration', 'bank:accounts.basic:read', 'bank:transactions:read'];
const resource = { id: 'the-resource', identifier: dataHolderScopes };
const api = { id: 'the-api', name: 'CDRDynamicClientRegistrationAPI', version: '0.2' };

export async function startWso2Stub(identity: { readonly cert: string; readonly key: string }): Promise<Wso2Stub> {
  const clients: Wso2Stub['clients'] = new Map();
  const applications: Wso2Stub['applications'] = new Map();
  const bound: Wso2Stub['bound'] = new Map();
  const documents: Wso2Stub['documents'] = new Map();
  let watch: Parameters<Wso2Stub['onCall']>[0] = () => undefined;
  let calls = 0;

  const nameOf = <T>(map: Map<string, T>, holds: (value: T) => boolean) =>
    [...map].find(([, value]) => holds(value))?.[0];
  const clientNamed = (id: string) => nameOf(clients, ({ client_id }) => client_id === id);
  const applicationNamed = (id: string) => nameOf(applications, ({ applicationId }) => applicationId === id);
  const list = (items: object[]): Answer => [200, { list: items, pagination: { total: items.length } }];
  /** As Identity Server does: several become one expression, without a backslash. */
  const callbacksOf = (client: object): string[] => {
    const { redirect_uris: uris = [] } = client as { redirect_uris?: string[] };
    return uris.length > 1 ? [`regexp=(${uris.join('|')})`] : uris;
  };
  const protocolOf = (client: Record<string, unknown> & { client_id: string }) => ({
    clientId: client.client_id,
    clientSecret: client.client_secret,
    grantTypes: client.grant_types,
    callbackURLs: bound.get(client.client_id)?.callbackURLs,
    pkce: { mandatory: client.ext_pkce_mandatory, supportPlainTransformAlgorithm: client.ext_pkce_support_plain },
    accessToken: {
      type: client.token_type_extension,
      bindingType: client.tls_client_certificate_bound_access_tokens ? 'certificate' : 'None',
    },
    idToken: { idTokenSignedResponseAlg: client.id_token_signed_response_alg },
    validateRequestObjectSignature: client.require_signed_request_object,
    clientAuthentication: {
      tokenEndpointAuthMethod: client.token_endpoint_auth_method,
      tokenEndpointAuthSigningAlg: client.token_endpoint_auth_signing_alg,
    },
    requestObject: { requestObjectSigningAlg: client.request_object_signing_alg },
    pushAuthorizationRequest: { requirePushAuthorizationRequest: client.require_pushed_authorization_requests },
    subject: { subjectType: client.subject_type, sectorIdentifierUri: client.sector_identifier_uri },
  });
  const parsed = (body: string) => (body.startsWith('{') ? (JSON.parse(body) as Record<string, string>) : {});

  /** What both servers do, by method and path without ids. */
  const routes: Record<
    string,
    (request: { id: string; body: Record<string, string>; query: URLSearchParams }) => Answer
  > = {
    'POST client': ({ body: { client_name = '', ...rest } }) => {
      if (clients.has(client_name)) {
        const error_description = `Application with the name ${client_name} already exist in the system`;
        return [400, { error: 'invalid_client_metadata', error_description }];
      }
      const client = { ...rest, client_name, client_id: randomUUID(), client_secret: 'never used' };
      clients.set(client_name, client);
      bound.set(client.client_id, { scopes: undefined, callbackURLs: callbacksOf(client) });
      return [201, client];
    },
    'GET client': ({ id, query }) => {
      const client = clients.get(query.get('client_name') ?? clientNamed(id) ?? '');
      return client ? [200, client] : [401];
    },
    'PUT client': ({ id, body }) => {
      const name = clientNamed(id);
      if (name === undefined) return [401];
      const client = { ...body, client_id: id };
      clients.set(name, client);
      bound.set(id, { scopes: bound.get(id)?.scopes, callbackURLs: callbacksOf(client) });
      return [200, client];
    },
    'DELETE client': ({ id }) => (clients.delete(clientNamed(id) ?? '') ? [204] : [401]),
    'GET client application': ({ query }) => {
      const id = query.get('filter')?.replace('clientId eq ', '') ?? '';
      return [200, { applications: bound.has(id) && clientNamed(id) ? [{ id }] : [] }];
    },
    'GET protocol': ({ id }) => {
      const client = clients.get(clientNamed(id) ?? '');
      return client ? [200, protocolOf(client)] : [404];
    },
    'PUT protocol': ({ id, body: { callbackURLs } }) => {
      const client = bound.get(id);
      if (!client) return [404];
      client.callbackURLs = callbackURLs as unknown as string[];
      return [200];
    },
    'GET authorization': ({ id }) => {
      const scopes = bound.get(id)?.scopes;
      return [200, scopes ? [{ id: resource.id, authorizedScopes: scopes.map((name) => ({ name })) }] : []];
    },
    'POST authorization': ({ id, body: { scopes } }) => {
      const client = bound.get(id);
      if (!client) return [404];
      if (client.scopes) return [409, { code: 'APP-60509' }];
      client.scopes = scopes as unknown as string[];
      return [200];
    },
    'PATCH authorization': ({ id, body }) => {
      const { addedScopes = [], removedScopes = [] } = body as unknown as Record<string, string[]>;
      const client = bound.get(id);
      if (!client?.scopes) return [404];
      client.scopes = [...client.scopes.filter((name) => !removedScopes.includes(name)), ...addedScopes];
      return [200];
    },
    'DELETE authorization': ({ id }) => {
      Object.assign(bound.get(id) ?? {}, { scopes: undefined });
      return [204];
    },
    'GET resources': () => [200, { apiResources: [resource] }],
    'GET resource': () => [200, { ...resource, scopes: offered.map((name) => ({ name })) }],
    'POST registration of the service': () => [200, { clientId: 'service', clientSecret: 'secret' }],
    'POST token': () => [200, { access_token: 'token' }],
    'GET application': ({ query }) =>
      list(
        [...applications]
          .filter(([name]) => name === query.get('query'))
          .map(([name, { applicationId }]) => ({ name, applicationId })),
      ),
    'POST application': ({ body: { name = '' } }) => {
      if (applications.has(name)) return [409, { code: 409, message: 'Resource Already Exists' }];
      const applicationId = randomUUID();
      applications.set(name, { applicationId, consumerKey: undefined, apis: [] });
      return [201, { applicationId, name }];
    },
    'DELETE application': ({ id }) => (applications.delete(applicationNamed(id) ?? '') ? [200] : [404]),
    'POST keys': ({ id, body: { consumerKey } }) => {
      const application = applications.get(applicationNamed(id) ?? '');
      if (!application) return [404];
      application.consumerKey = consumerKey;
      return [200, { consumerKey }];
    },
    'GET API': () => list([api]),
    'POST subscription': ({ body: { applicationId = '', apiId = '' } }) => {
      const application = applications.get(applicationNamed(applicationId) ?? '');
      if (!application) return [404];
      application.apis.push(apiId);
      return [201, { subscriptionId: randomUUID(), applicationId, apiId }];
    },
  };

  /** Which of the routes a request takes. */
  function routeOf(method: string, path: string): { server: StubCall['server']; name: string; id: string } | undefined {
    const [, id = '', rest = ''] =
      /^\/[^/]*\/?([^/]*)\/?(.*)$/.exec(
        path.replace(registration, '/clients').replace(portal, '').replace('/api/server/v1', ''),
      ) ?? [];
    const kind = path.startsWith(registration)
      ? 'client'
      : path.startsWith('/api/server/v1/')
        ? managedBy(path, id, rest)
        : path === '/client-registration/v0.17/register'
          ? 'registration of the service'
          : path === '/oauth2/token'
            ? 'token'
            : path.startsWith(`${portal}/applications`)
              ? rest === 'map-keys'
                ? 'keys'
                : 'application'
              : path === `${portal}/apis`
                ? 'API'
                : path === `${portal}/subscriptions`
                  ? 'subscription'
                  : undefined;
    const server = /^\/api\/(identity|server)\//.test(path) ? 'Identity Server' : 'API Manager';
    return kind === undefined ? undefined : { server, name: `${method} ${kind}`, id };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://stub');
    const send = ([status, body]: Answer) => {
      const content = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(content);
    };
    const document = documents.get(url.pathname);
    if (document !== undefined) return send([200, document]);
    const route = routeOf(request.method ?? '', url.pathname);
    const work = routes[route?.name ?? ''];
    if (!route || !work) return send([404]);

    calls += 1;
    const call = { number: calls, server: route.server, name: route.name };
    const body = parsed(await text(request));
    const meets = async (stage: Stage): Promise<boolean> => {
      const trouble = await watch(call, stage);
      if (trouble === 'cut') request.socket.destroy();
      else if (typeof trouble === 'object') send([trouble.status, trouble.body]);
      return trouble !== undefined;
    };
    if (await meets('arrived')) return;
    const answer = work({ id: decodeURIComponent(route.id), body, query: url.searchParams });
    if (await meets('done')) return;
    response.on('finish', () => void meets('answered'));
    send(answer);
  }

  const server = createServer(identity, (request, response) => void serve(request, response));
  // A connection that is just being closed would be tried twice.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    clients,
    bound,
    applications,
    documents,
    onCall(next) {
      watch = next;
      calls = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What of Identity Server's management a path stands for. */
function managedBy(path: string, id: string, rest: string): string {
  if (path.startsWith('/api/server/v1/api-resources')) return id === '' ? 'resources' : 'resource';
  if (rest.startsWith('authorized-apis')) return 'authorization';
  return rest === '' ? 'client application' : 'protocol';
}
