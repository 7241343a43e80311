import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import axios from 'axios';
import type { Exchange } from './recording.ts';
import type { Account, Servers } from './servers.ts';

type Server = 'api-manager' | 'identity-server';

/** Answers are WSO2's business: probes look into them without a schema, so that nothing of ours stands in between. */
type Body = ReturnType<typeof JSON.parse>;

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Body;
}

export interface Ask {
  /** JSON, a form, multipart, or text together with a `content-type` header. */
  body?: object | string;
  headers?: Record<string, string>;
  /** Default: the administrator of the server; `nobody` sends no credentials. */
  as?: Account | { token: string } | 'nobody';
}

/** One probe's conversation with the servers. */
export interface Session {
  readonly servers: Servers;
  /** Of API Manager; throws if no account is given. */
  readonly administrator: Account;
  apiManager(method: string, path: string, ask?: Ask): Promise<Answer>;
  identityServer(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** A token from API Manager itself. Default: for the administrator. */
  token(scope: string, account?: Account): Promise<{ token: string; scope: string }>;
  /** A name that nothing else has; starts with a letter, and has letters, digits and hyphens only. */
  name(): string;
  /** Done after the probe, last registered first, whether it succeeded or not. */
  cleanUp(action: () => Promise<unknown>): void;
  /** Asks until the answer fits or two minutes have passed; the last answer either way. Recorded as one exchange. */
  until(ask: () => Promise<Answer>, fits: (answer: Answer) => boolean): Promise<Answer>;
}

export interface OpenSession extends Session {
  readonly exchanges: readonly Exchange[];
  /** Names that the probe was given, and accounts' passwords: nothing of either may be in a recording. */
  readonly names: readonly string[];
  /** What could not be cleaned up, in words. */
  end(): Promise<string[]>;
}

const PATIENCE_MS = 120_000;
/** The administrator's REST client, by which tokens of other accounts are asked for as well: no client can be removed. */
export const CLIENT = 'cdr-stack-verification';

export function openSession(servers: Servers): OpenSession {
  const exchanges: Exchange[] = [];
  const names: string[] = [];
  const cleanUps: (() => Promise<unknown>)[] = [];
  let polling = false;
  let cleaning = false;

  async function ask(server: Server, method: string, path: string, { body, headers = {}, as }: Ask): Promise<Answer> {
    const target = server === 'api-manager' ? servers.apiManager : servers.identityServer;
    if (target === undefined) throw new Error(`The probe needs ${server}, whose URL was not given.`);
    const authentication = as ?? target.account;
    const answer = await axios.request({
      method,
      url: target.url + servedPath(path, target.servicePath),
      httpsAgent: servers.agent,
      proxy: false,
      maxRedirects: 0,
      timeout: 60_000,
      validateStatus: () => true,
      ...(body === undefined ? {} : { data: body }),
      headers: {
        ...headers,
        ...(authentication === 'nobody' ? {} : { authorization: authorization(authentication) }),
      },
    });
    const answered: Answer = {
      status: answer.status,
      headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
      body: answer.data,
    };
    if (cleaning) return answered;
    // What is polled is one exchange, however often it was asked.
    if (polling && exchanges.at(-1)?.path === path && exchanges.at(-1)?.method === method) exchanges.pop();
    exchanges.push({ server, method, path, sent: sentBody(body), ...answered });
    return answered;
  }

  const session: OpenSession = {
    servers,
    get administrator() {
      if (servers.apiManager === undefined) throw new Error('The probe needs api-manager, whose URL was not given.');
      return servers.apiManager.account;
    },
    exchanges,
    names,
    apiManager: (method, path, options = {}) => ask('api-manager', method, path, options),
    identityServer: (method, path, options = {}) => ask('identity-server', method, path, options),
    async token(scope, account = session.administrator) {
      const registration = {
        clientName: CLIENT,
        owner: session.administrator.username,
        grantType: 'password client_credentials refresh_token',
        callbackUrl: 'https://localhost',
        saasApp: true,
      };
      const path = '/client-registration/v0.17/register';
      const { body: client, status } = await session.apiManager('POST', path, { body: registration });
      if (status !== 200) throw new Error(`Client registration answered ${status}.`);
      const form = new URLSearchParams({ grant_type: 'password', ...account, scope });
      const { body } = await session.apiManager('POST', '/oauth2/token', {
        body: form,
        as: { username: client.clientId, password: client.clientSecret },
      });
      return { token: body.access_token, scope: body.scope };
    },
    name() {
      const name = `probe${randomBytes(5).toString('hex')}`;
      names.push(name);
      return name;
    },
    cleanUp: (action) => void cleanUps.push(action),
    async until(question, fits) {
      const deadline = Date.now() + PATIENCE_MS;
      polling = true;
      try {
        for (let pause = 20; ; pause = Math.min(2 * pause, 2000)) {
          const answer = await question();
          if (fits(answer) || Date.now() > deadline) return answer;
          await after(pause);
        }
      } finally {
        polling = false;
      }
    },
    async end() {
      cleaning = true;
      const left: string[] = [];
      for (const action of cleanUps.splice(0).reverse()) {
        await action().catch((error: Error) => left.push(error.message));
      }
      return left;
    },
  };
  return session;
}

const authorization = (account: Account | { token: string }): string =>
  'token' in account
    ? `Bearer ${account.token}`
    : `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;

function sentBody(body: Ask['body']): unknown {
  if (body instanceof URLSearchParams) return Object.fromEntries(body);
  if (!(body instanceof FormData)) return body;
  return Object.fromEntries([...body].map(([name, value]) => [name, typeof value === 'string' ? value : '<file>']));
}

/** Where a server serves what is at `/services/` by default; recordings and messages show that one. */
export const servedPath = (path: string, servicePath = 'services'): string =>
  path.replace(/^\/services(?=\/)/, `/${servicePath}`);
