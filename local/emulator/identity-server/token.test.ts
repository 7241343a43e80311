import assert from 'node:assert/strict';
import { hash, randomUUID, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import {
  administrator,
  manage,
  register,
  registerScope,
  type SampleServer,
  send,
  startSampleServer,
} from './testing/sample-identity-server.ts';
import {
  assertionForm,
  clientAssertion,
  recipientClient,
  requestToken,
  serveRecipientKeys,
} from './testing/sample-recipient.ts';

const SCOPE = 'cdr:registration';

async function registerRecipient(
  t: Parameters<typeof serveRecipientKeys>[0],
  server: SampleServer,
  extra: object = {},
) {
  const metadata = recipientClient(await serveRecipientKeys(t, server.pki));
  const { data, status } = await register(server, { ...metadata, ...extra });
  assert.equal(status, 201, JSON.stringify(data));
  return String(data.client_id);
}

async function introspect(server: SampleServer, token: string) {
  const body = new URLSearchParams({ token });
  return (await send(server, '/oauth2/introspect', { method: 'POST', body, credentials: administrator })).data;
}

test('a token by private_key_jwt over mutual TLS is a JWT of the product, bound to the certificate', async (t) => {
  const server = await startSampleServer(t);
  await registerScope(server, SCOPE);
  const clientId = await registerRecipient(t, server);

  const { status, data } = await requestToken(server, clientId, `${SCOPE} nobody:registered openid`);

  assert.equal(status, 200, JSON.stringify(data));
  assert.deepEqual([data.token_type, data.expires_in, data.scope], ['Bearer', 600, SCOPE]);
  const keys = createLocalJWKSet((await send(server, '/oauth2/jwks')).data);
  const { payload } = await jwtVerify(data.access_token, keys, { issuer: server.issuer, audience: clientId });
  const thumbprint = hash('sha256', new X509Certificate(server.pki.parties.recipient.certificate).raw, 'base64url');
  assert.deepEqual(payload.cnf, { 'x5t#S256': thumbprint });
  assert.deepEqual(
    [payload.sub, payload.azp, payload.client_id, payload.scope, payload.aut, payload.nbf],
    [clientId, clientId, clientId, SCOPE, 'APPLICATION', payload.iat],
  );
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600);
  assert.equal(decodeProtectedHeader(data.access_token).alg, 'RS256');
});

test('a client whose tokens are bound gets none without a certificate', async (t) => {
  const server = await startSampleServer(t);
  const clientId = await registerRecipient(t, server);
  const body = assertionForm(await clientAssertion(server, clientId), { grant_type: 'client_credentials' });
  const { status, data } = await send(server, '/oauth2/token', { method: 'POST', body });
  assert.deepEqual([status, data.error], [400, 'invalid_request']);
  assert.match(data.error_description, /TLS certificate not found/);
});

test('no binding is possible when the listener does not ask for certificates', async (t) => {
  const server = await startSampleServer(t, { certificateVerification: 'none' });
  const clientId = await registerRecipient(t, server);
  assert.equal((await requestToken(server, clientId, SCOPE)).status, 400);
});

test('a registered scope is not granted when nothing authorises the application for it', async (t) => {
  const server = await startSampleServer(t, { authorizeAllScopes: false });
  await registerScope(server, SCOPE);
  const { status, data } = await requestToken(server, await registerRecipient(t, server), SCOPE);
  assert.deepEqual([status, data.scope], [200, undefined]);
});

test('an assertion is good once, and only with the server, by its own name, for its audience', async (t) => {
  const server = await startSampleServer(t);
  const clientId = await registerRecipient(t, server);
  const certificate = server.pki.parties.recipient;
  const present = (assertion: string, url = server.url) => {
    const body = assertionForm(assertion, { grant_type: 'client_credentials' });
    return send({ ...server, url }, '/oauth2/token', { method: 'POST', body, certificate });
  };
  const assertion = await clientAssertion(server, clientId, { aud: [`${server.url}/oauth2/token`] });
  assert.equal((await present(assertion)).status, 200);
  const replayed = await present(assertion);
  assert.deepEqual([replayed.status, replayed.data.error], [400, 'invalid_request']);
  await server.restart();
  assert.equal((await present(assertion)).status, 400, 'used assertions are remembered over a restart');
  const elsewhere = await clientAssertion(server, clientId, { aud: 'https://elsewhere.example' });
  assert.equal((await present(elsewhere)).status, 400);
  const otherName = server.url.replace('localhost', '127.0.0.1');
  const byOtherName = await clientAssertion(server, clientId, { aud: `${otherName}/oauth2/token` });
  assert.equal((await present(byOtherName, otherName)).status, 400);
});

test('what an assertion says that is not so is a fault of the request, its signature and whose it is of the client', async (t) => {
  const server = await startSampleServer(t);
  const clientId = await registerRecipient(t, server);
  const certificate = server.pki.parties.recipient;
  const answer = async (claims: object, members: Record<string, string> = {}) => {
    const body = assertionForm(await clientAssertion(server, clientId, claims), {
      grant_type: 'client_credentials',
      ...members,
    });
    const { status, data } = await send(server, '/oauth2/token', { method: 'POST', body, certificate });
    return [status, data.error];
  };
  assert.deepEqual(await answer({ jti: undefined }), [400, 'invalid_request']);
  assert.deepEqual(await answer({ aud: `${server.url}/oauth2/authorize` }), [400, 'invalid_request']);
  assert.deepEqual(await answer({}, { client_id: 'of_another_recipient' }), [401, 'invalid_client']);
  assert.deepEqual(await answer({}, { grant_type: 'of_nobody' }), [400, 'invalid_request']);
  const anonymous = new URLSearchParams({ grant_type: 'client_credentials' });
  const refused = await send(server, '/oauth2/token', { method: 'POST', body: anonymous, certificate });
  assert.deepEqual([refused.status, refused.data.error], [401, 'invalid_client']);
});

test('a scope that allowed_scopes matches is granted to every client, and introspection returns it once', async (t) => {
  const allowed_scopes = ['^cdr:registration$', '^openid$'];
  const server = await startSampleServer(t, { authorizeAllScopes: false, oauth: { allowed_scopes } });
  const clientId = await registerRecipient(t, server);
  const { data } = await requestToken(server, clientId, `${SCOPE} openid email nobodys:scope internal_login SYSTEM`);
  const granted = [SCOPE, 'email', 'openid'];
  assert.deepEqual(data.scope.split(' ').sort(), granted);
  assert.deepEqual((await introspect(server, data.access_token)).scope.split(' ').sort(), granted);
  assert.equal((await introspect(server, data.access_token)).scope, 'email');
});

test('the next token of the same client, scopes and certificate ends the one before, and no other', async (t) => {
  const server = await startSampleServer(t);
  await registerScope(server, SCOPE);
  const clientId = await registerRecipient(t, server);
  const ask = async (scope: string, certificate = server.pki.parties.recipient) =>
    (await requestToken(server, clientId, scope, certificate)).data.access_token;
  const tokens = [
    await ask(SCOPE),
    await ask(`${SCOPE} email`),
    await ask(SCOPE, server.pki.parties.gateway),
    await ask(SCOPE),
  ];
  const active = await Promise.all(tokens.map(async (token) => (await introspect(server, token)).active));
  assert.deepEqual(active, [false, true, true, true]);
});

test("before 7.0 an application's token is its owner's, and names no client", async (t) => {
  const server = await startSampleServer(t, { version: '6.1.0' });
  const body = { client_name: randomUUID(), grant_types: ['client_credentials'], token_type_extension: 'JWT' };
  const { data: client } = await register(server, body);
  const credentials = { username: client.client_id, password: client.client_secret };
  const scope = 'nobodys:scope internal_user_mgt_list SYSTEM';
  const asked = new URLSearchParams({ grant_type: 'client_credentials', scope });
  const { data } = await send(server, '/oauth2/token', { method: 'POST', body: asked, credentials });
  assert.equal(data.scope, 'nobodys:scope');
  const [owner] = (await manage(server, '/scim2/Users')).data.Resources;
  const { sub, client_id, azp } = decodeJwt(data.access_token);
  assert.deepEqual([sub, client_id, azp], [owner.id, undefined, client.client_id]);
  const { sub: told, username } = await introspect(server, data.access_token);
  assert.deepEqual([told, username], [owner.id, 'admin@carbon.super']);
});

test('keys behind a CA that the truststore does not hold are not fetched', async (t) => {
  const server = await startSampleServer(t);
  const stranger = { ...server.pki, parties: { ...server.pki.parties, recipient: server.pki.parties.stranger } };
  const { data } = await register(server, recipientClient(await serveRecipientKeys(t, stranger)));
  const { status } = await requestToken(server, data.client_id, SCOPE);
  assert.ok(status === 400 || status === 401, `${status}`);
});

test('a token is active until its client revokes it, and over a restart', async (t) => {
  const server = await startSampleServer(t);
  await registerScope(server, SCOPE);
  const clientId = await registerRecipient(t, server);
  const { access_token: token } = (await requestToken(server, clientId, SCOPE)).data;

  await server.restart();
  const active = await introspect(server, token);
  assert.deepEqual([active.active, active.client_id, active.scope], [true, clientId, SCOPE]);
  assert.ok(active.cnf['x5t#S256']);

  const assertion = await clientAssertion(server, clientId);
  const certificate = server.pki.parties.recipient;
  const revocation = { method: 'POST' as const, body: assertionForm(assertion, { token }), certificate };
  const bare = { method: 'POST' as const, body: assertionForm(await clientAssertion(server, clientId), { token }) };
  const unbound = await send(server, '/oauth2/revoke', bare);
  assert.deepEqual([unbound.status, unbound.data.error], [400, 'access_denied']);
  assert.equal((await send(server, '/oauth2/revoke', revocation)).status, 200);
  assert.deepEqual(await introspect(server, token), { active: false });
  assert.equal((await send(server, '/oauth2/revoke', revocation)).status, 401, 'the assertion was used');
  await server.restart();
  assert.deepEqual(await introspect(server, token), { active: false });
});

test('the tokens of a deleted client are not active, and the client gets no more', async (t) => {
  const server = await startSampleServer(t);
  const clientId = await registerRecipient(t, server);
  const { access_token: token } = (await requestToken(server, clientId, SCOPE)).data;
  const path = `/api/identity/oauth2/dcr/v1.1/register/${clientId}`;
  assert.equal((await manage(server, path, { method: 'DELETE' })).status, 204);
  assert.deepEqual(await introspect(server, token), { active: false });
  const refused = await requestToken(server, clientId, SCOPE);
  assert.deepEqual([refused.status, refused.data.error], [401, 'invalid_client']);
});

test('a client whose grants this server does not know gets no token', async (t) => {
  const server = await startSampleServer(t);
  const clientId = await registerRecipient(t, server, {
    grant_types: ['urn:ietf:params:oauth:grant-type:saml2-bearer'],
  });
  const { status, data } = await requestToken(server, clientId, SCOPE);
  assert.deepEqual([status, data.error], [400, 'unauthorized_client']);
});

test('a client with a secret gets opaque tokens unless it was registered for JWTs', async (t) => {
  const server = await startSampleServer(t);
  const metadata = { client_name: randomUUID(), grant_types: ['client_credentials'] };
  const { data: client } = await register(server, metadata);
  const credentials = { username: String(client.client_id), password: String(client.client_secret) };
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const { status, data } = await send(server, '/oauth2/token', { method: 'POST', body, credentials });
  assert.equal(status, 200);
  assert.doesNotMatch(data.access_token, /\./);
  const introspected = await introspect(server, data.access_token);
  assert.deepEqual(
    [introspected.active, introspected.client_id, introspected.token_type],
    [true, client.client_id, 'Bearer'],
  );
  const wrong = { ...credentials, password: 'wrong' };
  assert.equal((await send(server, '/oauth2/token', { method: 'POST', body, credentials: wrong })).status, 401);
  // Protected like management: a client has no account there.
  assert.equal((await send(server, '/oauth2/introspect', { method: 'POST', body, credentials })).status, 401);
});
