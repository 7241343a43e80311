import assert from 'node:assert/strict';
import { hash, randomUUID, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
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
  const revocation = { method: 'POST' as const, body: assertionForm(assertion, { token }) };
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
  const introspected = await send(server, '/oauth2/introspect', {
    method: 'POST',
    body: new URLSearchParams({ token: data.access_token }),
    credentials,
  });
  assert.deepEqual([introspected.data.active, introspected.data.client_id], [true, client.client_id]);
  const wrong = { ...credentials, password: 'wrong' };
  assert.equal((await send(server, '/oauth2/token', { method: 'POST', body, credentials: wrong })).status, 401);
  assert.equal((await send(server, '/oauth2/introspect', { method: 'POST', body, credentials: wrong })).status, 401);
});
