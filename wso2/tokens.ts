import { z } from 'zod';
import type { Credentials } from './access.ts';
import { Wso2Error } from './errors.ts';
import type { Request, Send, Transport } from './http.ts';
import { formBody, jsonBody, rest } from './rest.ts';

/** API Manager's access token for its REST APIs: fetched when first needed, kept, and replaced when the server refuses it. */
export interface Tokens {
  /**
   * Sends with the token; a 401 gets one new token and one more attempt, as the refused request did nothing.
   *
   * @param forToken how the token itself is fetched: it is everybody's, and does not end with the request that asks first.
   */
  bearing(via: Send, forToken?: Send): Send;
  /** Why the account gets no token, or undefined when it gets one. @throws Wso2Error when that cannot be known */
  refusal(via: Send): Promise<AccountRefusal | undefined>;
}

/** Name or password are not what the server has, or its roles do not give all the scopes. */
export type AccountRefusal = 'unauthorized' | 'scope-not-granted';

export interface TokenRequest {
  /** The owner's name is added: in a tenant a name is one owner's, and who else asks for it gets 403, or another's client. */
  clientName: string;
  scopes: readonly string[];
}

const registrationSchema = z.looseObject({ clientId: z.string(), clientSecret: z.string() });
type Client = z.infer<typeof registrationSchema>;
const tokenSchema = z.looseObject({ access_token: z.string(), scope: z.string().nullish() });

const REGISTRATION = '/client-registration/v0.17/register';
const TOKEN = '/oauth2/token';

export function tokens(transport: Transport, credentials: Credentials, wanted: TokenRequest): Tokens {
  transport.secrets.add(credentials.password);
  let client: Promise<Client> | undefined;
  let token: Promise<string> | undefined;

  function registered(via: Send): Promise<Client> {
    client ??= register(transport, via, credentials, wanted.clientName).catch((error: unknown) => {
      client = undefined;
      throw error;
    });
    return client;
  }

  async function issue(via: Send): Promise<string> {
    try {
      return await requestToken(transport, via, await registered(via), credentials, wanted.scopes);
    } catch (error) {
      // The client may be gone, as after a restore of the server's database: register once more.
      if (!isUnknownClient(error)) throw error;
      client = undefined;
      return requestToken(transport, via, await registered(via), credentials, wanted.scopes);
    }
  }

  function current(via: Send): Promise<string> {
    token ??= issue(via).catch((error: unknown) => {
      token = undefined;
      throw error;
    });
    return token;
  }

  return {
    refusal: (via) =>
      current(via).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof Wso2Error && isAccountRefusal(error.code)) return error.code;
          throw error;
        },
      ),
    bearing:
      (via, forToken = via) =>
      async (request) => {
        const first = current(forToken);
        const value = await first;
        try {
          return await via(withToken(request, value));
        } catch (error) {
          if (!(error instanceof Wso2Error) || error.code !== 'unauthorized') throw error;
          // Several calls may be refused at once: the first to notice replaces the token, the others use the new one.
          if (token === first) token = undefined;
          transport.secrets.forget(value);
          return via(withToken(request, await current(forToken)));
        }
      },
  };
}

async function register(transport: Transport, via: Send, credentials: Credentials, name: string): Promise<Client> {
  const request: Request = {
    method: 'POST',
    path: REGISTRATION,
    authorization: basic(transport, credentials.username, credentials.password),
    body: jsonBody({
      // Required, and never called: the password grant redirects nobody.
      callbackUrl: `${transport.url}/unused`,
      clientName: `${name}_${credentials.username.replace(/[^A-Za-z0-9._-]/g, '_')}`,
      owner: credentials.username,
      grantType: 'password refresh_token',
      saasApp: true,
    }),
    // An upsert by name. It answers 500 for a while after the server's health check says that all is well.
    repetition: 'freely',
  };
  const client = await rest(via).json(request, registrationSchema);
  transport.secrets.add(client.clientSecret);
  return client;
}

async function requestToken(
  transport: Transport,
  via: Send,
  client: Client,
  credentials: Credentials,
  scopes: readonly string[],
): Promise<string> {
  const request: Request = {
    method: 'POST',
    path: TOKEN,
    authorization: basic(transport, client.clientId, client.clientSecret),
    body: formBody({
      grant_type: 'password',
      username: credentials.username,
      password: credentials.password,
      scope: scopes.join(' '),
    }),
    repetition: 'freely',
  };
  const { access_token, scope } = await rest(via).json(request, tokenSchema);
  transport.secrets.add(access_token);
  // Without `scope` in the answer all was granted (RFC 6749, 5.1).
  const granted = new Set(scope?.split(' ') ?? scopes);
  const missing = scopes.filter((asked) => !granted.has(asked));
  if (missing.length > 0) throw notGranted(transport, credentials, missing);
  return access_token;
}

/** API Manager drops a scope that the account's roles do not give, and says so only by leaving it out. */
function notGranted(transport: Transport, { username }: Credentials, missing: string[]): Wso2Error {
  const message = `POST ${TOKEN}: ${transport.server} did not grant ${missing.join(', ')} to "${username}". Give the account a role that is mapped to these scopes (Admin Portal, Settings, Scope Assignments).`;
  return new Wso2Error('scope-not-granted', message, { method: 'POST', path: TOKEN });
}

const isAccountRefusal = (code: string): code is AccountRefusal =>
  code === 'unauthorized' || code === 'scope-not-granted';

function isUnknownClient(error: unknown): boolean {
  return error instanceof Wso2Error && error.path === TOKEN && error.oauthError === 'invalid_client';
}

function withToken(request: Request, token: string): Request {
  return { ...request, authorization: `Bearer ${token}` };
}

/** A Basic `Authorization` value (RFC 7617), which is kept out of messages from then on. */
export function basic(transport: Transport, user: string, password: string): string {
  const value = Buffer.from(`${user}:${password}`).toString('base64');
  transport.secrets.add(value);
  return `Basic ${value}`;
}
