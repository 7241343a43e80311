import { setTimeout as after } from 'node:timers/promises';
import { publisher } from '../objects.ts';
import { type Probe, probes } from '../probe.ts';
import { CLIENT, type Session } from '../session.ts';

const REGISTER = '/client-registration/v0.17/register';
const SETTINGS = `${publisher}/settings`;

const registration = (owner: string) => ({
  clientName: CLIENT,
  owner,
  grantType: 'password client_credentials refresh_token',
  callbackUrl: 'https://localhost',
  saasApp: true,
});

const register = (session: Session) =>
  session.apiManager('POST', REGISTER, { body: registration(session.administrator.username) });

async function askForToken(session: Session, members: Record<string, string>) {
  const { body: client } = await register(session);
  return session.apiManager('POST', '/oauth2/token', {
    body: new URLSearchParams(members),
    as: { username: client.clientId, password: client.clientSecret },
  });
}

/** Clients, tokens and what they open. */
export const authentication: Probe[] = probes('api-manager', [
  {
    id: 'client-registration-answers-200',
    fact: 'Client registration v0.17 answers 200, never 201, and gives id and secret.',
    source: 'contract B.1',
    expect: { status: 200, id: true, secret: true },
    async run(session) {
      const { status, body } = await register(session);
      return { status, id: typeof body.clientId === 'string', secret: typeof body.clientSecret === 'string' };
    },
  },
  {
    id: 'client-registration-is-an-upsert',
    fact: 'Registering a client of the same name again gives the same id and secret.',
    source: 'contract 0.8',
    expect: { status: 200, sameId: true, sameSecret: true },
    async run(session) {
      const { body: first } = await register(session);
      const { status, body } = await register(session);
      return { status, sameId: body.clientId === first.clientId, sameSecret: body.clientSecret === first.clientSecret };
    },
  },
  {
    id: 'client-registration-wants-the-password',
    fact: 'Client registration with a wrong password answers 401.',
    source: 'contract B.1',
    expect: 401,
    async run(session) {
      const { username } = session.administrator;
      const as = { username, password: session.name() };
      return (await session.apiManager('POST', REGISTER, { body: registration(username), as })).status;
    },
  },
  {
    id: 'token-has-unregistered-scopes',
    fact: 'An unregistered scope is granted; only registered ones are filtered by role.',
    source: 'real servers',
    expect: 'apim:api_view apim:probe_of_nothing',
    run: async (session) => (await session.token('apim:api_view apim:probe_of_nothing')).scope,
  },
  {
    id: 'token-is-a-bearer-for-an-hour',
    fact: 'The token endpoint gives a Bearer token of 3600 seconds.',
    source: 'contract B.1',
    expect: { status: 200, type: 'Bearer', expires: 3600 },
    async run(session) {
      const members = { grant_type: 'password', ...session.administrator, scope: 'apim:api_view' };
      const { status, body } = await askForToken(session, members);
      // A token that was issued before and is still good is given again where tokens are kept (4.2).
      return {
        status,
        type: body.token_type,
        expires: body.expires_in > 0 && body.expires_in <= 3600 ? 3600 : body.expires_in,
      };
    },
  },
  {
    id: 'token-wrong-password-is-invalid-grant',
    fact: 'A password grant with a wrong password answers 400, invalid_grant.',
    source: 'RFC 6749 5.2',
    expect: { status: 400, error: 'invalid_grant' },
    async run(session) {
      const { username } = session.administrator;
      const { status, body } = await askForToken(session, {
        grant_type: 'password',
        username,
        password: session.name(),
      });
      return { status, error: body.error };
    },
  },
  {
    id: 'token-for-the-client-of-an-administrator',
    fact: "A client_credentials token of an administrator's client carries REST API scopes.",
    source: 'contract B.1',
    expect: { status: 200, scope: 'apim:api_view' },
    async run(session) {
      const { status, body } = await askForToken(session, { grant_type: 'client_credentials', scope: 'apim:api_view' });
      return { status, scope: body.scope };
    },
  },
  {
    id: 'token-without-scope-is-401',
    fact: 'A call whose token lacks the scope answers 401, not 403.',
    source: 'contract B.1',
    expect: 401,
    async run(session) {
      const { token } = await session.token('apim:subscribe');
      return (await session.apiManager('GET', SETTINGS, { as: { token } })).status;
    },
  },
  {
    id: 'settings-want-no-token',
    fact: "The Publisher's settings are served without credentials.",
    source: 'real servers',
    expect: 200,
    run: async (session) => (await session.apiManager('GET', SETTINGS, { as: 'nobody' })).status,
  },
  {
    id: 'apis-want-credentials',
    fact: "The Publisher's list of APIs answers 401 without credentials.",
    source: 'contract B.1',
    expect: 401,
    run: async (session) => (await session.apiManager('GET', `${publisher}/apis`, { as: 'nobody' })).status,
  },
  {
    id: 'password-opens-the-rest-apis',
    fact: 'The three REST APIs take a user name and password in place of a token.',
    source: 'contract B (thread api-manager 4388)',
    expect: 200,
    run: async (session) => (await session.apiManager('GET', SETTINGS)).status,
  },
  {
    id: 'revoked-token-still-reads-settings',
    fact: "A token that was revoked at /oauth2/revoke goes on opening the Publisher's settings.",
    source: 'real servers; of later versions it was not asked',
    versions: { before: '4.3' },
    expect: { before: 200, after: 200 },
    async run(session) {
      const { body: client } = await register(session);
      const as = { username: client.clientId, password: client.clientSecret };
      const { token } = await session.token('apim:publisher_settings');
      const before = await session.apiManager('GET', SETTINGS, { as: { token } });
      await session.apiManager('POST', '/oauth2/revoke', { body: new URLSearchParams({ token }), as });
      // Longer than a revocation takes to be heard of where it is.
      await after(3000);
      const settled = await session.apiManager('GET', SETTINGS, { as: { token } });
      return { before: before.status, after: settled.status };
    },
  },
]);
