import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { authorize, consumer, createConsumer, createVerifier, exchangeCode } from './testing/sample-consumer.ts';
import {
  administrator,
  manage,
  register,
  type SampleServer,
  send,
  startSampleServer,
} from './testing/sample-identity-server.ts';
import { recipientClient, requestToken, serveRecipientKeys } from './testing/sample-recipient.ts';

const RESOURCES = '/api/server/v1/api-resources';
const APPLICATIONS = '/api/server/v1/applications';
const SCOPES = ['cdr:registration', 'bank:accounts.basic:read', 'bank:transactions:read'];
const CALLBACK = 'https://recipient.example/callback';
const settings = { authorizeAllScopes: false, oauth: { allowed_scopes: ['^openid$', '^profile$'] } };

test("a client gets exactly the scopes that it is authorized for, for its own token and for a consumer's", async (t) => {
  const { server, resource, newClient } = await start(t);
  await createConsumer(server);
  const client = await newClient();
  const asked = `${SCOPES.join(' ')} nobodys:scope`;
  assert.equal(
    (await requestToken(server, client.id, asked)).data.scope,
    undefined,
    'nothing is left: 200 without a scope',
  );

  const scopes = SCOPES.slice(0, 2);
  const answer = await authorizeFor(server, client, { id: resource, policyIdentifier: 'No Policy', scopes });
  assert.deepEqual([answer.status, answer.data], [200, '']);
  assert.deepEqual(scopesOf(await requestToken(server, client.id, asked)), scopes.toSorted());
  const other = await newClient();
  assert.equal((await requestToken(server, other.id, asked)).data.scope, undefined, 'authorization is of one client');
  const granted = await grantByConsumer(server, client.id, `openid ${asked}`);
  assert.deepEqual(scopesOf(granted), [...scopes, 'openid'].toSorted());
});

test('authorization is refused without the right policy, twice, and for scopes that nobody has', async (t) => {
  const { server, resource, newClient } = await start(t);
  await createConsumer(server);
  const client = await newClient();
  const guarded = await createResource(server, { requiresAuthorization: true, scopes: [{ name: 'guarded' }] });
  const refused = await authorizeFor(server, client, { id: guarded, policyIdentifier: 'No Policy', scopes: [] });
  assert.deepEqual([refused.status, refused.data.code], [400, 'APP-60512']);
  const byRole = { id: guarded, policyIdentifier: 'RBAC', scopes: ['guarded'] };
  assert.equal((await authorizeFor(server, client, byRole)).status, 200);
  const again = await authorizeFor(server, client, byRole);
  assert.deepEqual([again.status, again.data.code], [409, 'APP-60509']);
  const unknown = { id: resource, policyIdentifier: 'No Policy', scopes: ['nobodys:scope'] };
  assert.equal((await authorizeFor(server, client, unknown)).status, 400);
  const granted = await grantByConsumer(server, client.id, 'openid guarded');
  assert.deepEqual(scopesOf(granted), ['openid'], 'a consumer without a role gets nothing by RBAC');
  const taken = await manage(server, RESOURCES, {
    method: 'POST',
    body: { identifier: 'other', name: 'Other', scopes: [{ name: 'guarded' }] },
  });
  assert.deepEqual([taken.status, taken.data.code], [409, 'API-RESOURCE-60004']);
});

test('a scope that is taken away ends tokens and refresh tokens that carry it, and no others; one more ends none', async (t) => {
  const { server, resource, newClient } = await start(t);
  await createConsumer(server);
  const client = await newClient();
  await authorizeFor(server, client, { id: resource, policyIdentifier: 'No Policy', scopes: SCOPES.slice(0, 2) });
  const [registration = '', accounts = '', transactions = ''] = SCOPES;
  const own = (await requestToken(server, client.id, registration)).data.access_token;
  const wide = (await requestToken(server, client.id, `${registration} ${accounts}`)).data.access_token;
  const consumers = (await grantByConsumer(server, client.id, `openid ${accounts}`)).data;
  const path = `${client.application}/authorized-apis/${resource}`;
  const patch = (body: object) => manage(server, path, { method: 'PATCH', body });

  assert.equal((await patch({ addedScopes: [transactions] })).status, 200);
  assert.deepEqual(await activeOf(server, [own, wide, consumers.access_token]), [true, true, true]);
  assert.equal((await patch({ removedScopes: [accounts] })).status, 200);
  assert.deepEqual(await activeOf(server, [own, wide, consumers.access_token]), [true, false, false]);
  const refresh = { grant_type: 'refresh_token', refresh_token: consumers.refresh_token };
  assert.equal((await exchangeCode(server, client.id, refresh)).status, 400);

  const update = { method: 'PUT' as const, body: client.metadata };
  assert.equal((await manage(server, client.registration, update)).status, 200);
  const [kept] = (await manage(server, `${client.application}/authorized-apis`)).data;
  const names = kept.authorizedScopes.map(({ name }: { name: string }) => name);
  assert.deepEqual([kept.id, kept.policyId, names], [resource, 'No Policy', [registration, transactions]]);
  assert.equal((await manage(server, path, { method: 'DELETE' })).status, 204);
  assert.deepEqual(await activeOf(server, [own]), [false]);
});

test('scopes that are added to a resource leave authorizations alone; replacing them empties all', async (t) => {
  const { server, resource, newClient } = await start(t);
  const client = await newClient();
  await authorizeFor(server, client, { id: resource, policyIdentifier: 'No Policy', scopes: SCOPES });
  const added = { method: 'PATCH' as const, body: { addedScopes: [{ name: 'bank:payees:read' }] } };
  assert.equal((await manage(server, `${RESOURCES}/${resource}`, added)).status, 204);
  assert.deepEqual(scopesOf(await requestToken(server, client.id, SCOPES.join(' '))), SCOPES.toSorted());
  const same = [...SCOPES, 'bank:payees:read'].map((name) => ({ name }));
  await manage(server, `${RESOURCES}/${resource}/scopes`, { method: 'PUT', body: same });
  assert.equal((await requestToken(server, client.id, SCOPES.join(' '))).data.scope, undefined);
});

test('what a user may do here is by permission: read, authorize, and neither with those of registration', async (t) => {
  const { server, resource, newClient } = await start(t);
  const client = await newClient();
  const path = `${client.application}/authorized-apis`;
  const body = { id: resource, policyIdentifier: 'No Policy', scopes: [] };
  const statuses = async (permissions: string[]) => {
    const credentials = await createUser(server, permissions);
    const read = await send(server, path, { credentials });
    const written = await send(server, path, { method: 'POST', body, credentials });
    return [read.status, written.status];
  };
  assert.deepEqual(await statuses(['internal_dcr_create', 'internal_dcr_update']), [403, 403]);
  assert.deepEqual(await statuses(['internal_application_mgt_view']), [200, 403]);
  assert.deepEqual(await statuses(['internal_application_mgt_create', 'internal_application_mgt_delete']), [403, 403]);
  assert.deepEqual(await statuses(['internal_application_mgt_view', 'internal_application_mgt_update']), [200, 200]);
});

test('an application that is turned off is nobody, and its earlier tokens stay dead when it is on again', async (t) => {
  const { server, resource, newClient } = await start(t);
  const client = await newClient();
  await createConsumer(server);
  await authorizeFor(server, client, { id: resource, policyIdentifier: 'No Policy', scopes: SCOPES });
  const own = (await requestToken(server, client.id, 'cdr:registration')).data.access_token;
  const { refresh_token } = (await grantByConsumer(server, client.id, 'openid bank:accounts.basic:read')).data;
  const turn = (applicationEnabled: boolean) =>
    manage(server, client.application, { method: 'PATCH', body: { applicationEnabled } });
  assert.equal((await turn(false)).status, 200);
  assert.deepEqual(await activeOf(server, [own]), [false]);
  assert.equal((await requestToken(server, client.id, 'cdr:registration')).status, 401);
  const { challenge: code_challenge } = createVerifier();
  const query = {
    client_id: client.id,
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge,
    code_challenge_method: 'S256',
  };
  assert.equal(await authorize(server, query), undefined);
  assert.equal((await manage(server, client.registration)).status, 200);
  assert.equal((await turn(true)).status, 200);
  assert.equal((await requestToken(server, client.id, 'cdr:registration')).status, 200);
  assert.deepEqual(await activeOf(server, [own]), [false]);
  assert.equal((await exchangeCode(server, client.id, { grant_type: 'refresh_token', refresh_token })).status, 400);
});

async function start(t: Parameters<typeof startSampleServer>[0]) {
  const server = await startSampleServer(t, settings);
  const resource = await createResource(server, {
    requiresAuthorization: false,
    scopes: SCOPES.map((name) => ({ name })),
  });
  const keys = await serveRecipientKeys(t, server.pki);
  const newClient = async () => {
    const metadata = { ...recipientClient(keys), client_name: randomUUID(), redirect_uris: [CALLBACK] };
    const { data } = await register(server, metadata);
    const filter = encodeURIComponent(`clientId eq ${data.client_id}`);
    const [found] = (await manage(server, `${APPLICATIONS}?filter=${filter}`)).data.applications;
    assert.notEqual(found.id, data.client_id, 'an application has an id of its own');
    return {
      id: String(data.client_id),
      metadata,
      application: `${APPLICATIONS}/${found.id}`,
      registration: `/api/identity/oauth2/dcr/v1.1/register/${data.client_id}`,
    };
  };
  return { server, resource, newClient };
}

type Client = Awaited<ReturnType<Awaited<ReturnType<typeof start>>['newClient']>>;

async function createResource(server: SampleServer, members: object): Promise<string> {
  const body = { identifier: randomUUID(), name: 'CDR data holder', ...members };
  const { status, data } = await manage(server, RESOURCES, { method: 'POST', body });
  assert.equal(status, 201, JSON.stringify(data));
  return data.id;
}

const authorizeFor = (server: SampleServer, { application }: Client, body: object) =>
  manage(server, `${application}/authorized-apis`, { method: 'POST', body });

const scopesOf = ({ data }: { data: { scope?: string } }) => data.scope?.split(' ').toSorted();

/** Tokens by a code that the consumer gave. */
async function grantByConsumer(server: SampleServer, clientId: string, scope: string) {
  const { verifier, challenge: code_challenge } = createVerifier();
  const pkce = { code_challenge, code_challenge_method: 'S256' };
  const sent = await authorize(server, { client_id: clientId, redirect_uri: CALLBACK, scope, ...pkce });
  const code = sent?.searchParams.get('code');
  assert.ok(code, `${consumer.username} gave no code: ${sent?.href}`);
  const form = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code, code_verifier: verifier };
  const answer = await exchangeCode(server, clientId, form);
  assert.equal(answer.status, 200, JSON.stringify(answer.data));
  return answer;
}

async function activeOf(server: SampleServer, tokens: string[]): Promise<boolean[]> {
  const active = [];
  for (const token of tokens) {
    const body = new URLSearchParams({ token });
    const { data } = await send(server, '/oauth2/introspect', { method: 'POST', body, credentials: administrator });
    active.push(data.active);
  }
  return active;
}

async function createUser(server: SampleServer, permissions: string[]) {
  const username = `user-${randomUUID().slice(0, 8)}`;
  const password = 'Technical-user-1';
  const { data: user } = await manage(server, '/scim2/Users', {
    method: 'POST',
    body: { userName: username, password },
  });
  const role = {
    displayName: username,
    permissions: permissions.map((value) => ({ value })),
    users: [{ value: user.id }],
  };
  assert.equal((await manage(server, '/scim2/v2/Roles', { method: 'POST', body: role })).status, 201);
  return { username, password };
}
