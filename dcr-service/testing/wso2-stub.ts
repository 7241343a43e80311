import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

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
  /** By name; `client_id` and what was registered. */
  readonly clients: Map<string, Record<string, unknown> & { client_id: string }>;
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
const api = { id: 'the-api', name: 'CDRDynamicClientRegistrationAPI', version: '0.2' };

export async function startWso2Stub(identity: { readonly cert: string; readonly key: string }): Promise<Wso2Stub> {
  const clients: Wso2Stub['clients'] = new Map();
  const applications: Wso2Stub['applications'] = new Map();
  const documents: Wso2Stub['documents'] = new Map();
  let watch: Parameters<Wso2Stub['onCall']>[0] = () => undefined;
  let calls = 0;

  const nameOf = <T>(map: Map<string, T>, holds: (value: T) => boolean) =>
    [...map].find(([, value]) => holds(value))?.[0];
  const clientNamed = (id: string) => nameOf(clients, ({ client_id }) => client_id === id);
  const applicationNamed = (id: string) => nameOf(applications, ({ applicationId }) => applicationId === id);
  const list = (items: object[]): Answer => [200, { list: items, pagination: { total: items.length } }];
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
      return [201, client];
    },
    'GET client': ({ query }) => {
      const client = clients.get(query.get('client_name') ?? '');
      return client ? [200, client] : [401];
    },
    'PUT client': ({ id, body }) => {
      const name = clientNamed(id);
      if (name === undefined) return [401];
      const client = { ...body, client_id: id };
      clients.set(name, client);
      return [200, client];
    },
    'DELETE client': ({ id }) => (clients.delete(clientNamed(id) ?? '') ? [204] : [401]),
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
      /^\/[^/]*\/?([^/]*)\/?(.*)$/.exec(path.replace(registration, '/clients').replace(portal, '')) ?? [];
    const kind = path.startsWith(registration)
      ? 'client'
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
    const server = kind === 'client' ? 'Identity Server' : 'API Manager';
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
