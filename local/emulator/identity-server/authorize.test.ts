import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { authorize, createConsumer, createVerifier, exchangeCode } from './testing/sample-consumer.ts';
import { manage, register, type SampleServer, send, startSampleServer } from './testing/sample-identity-server.ts';
import { assertionForm, clientAssertion, recipientClient, serveRecipientKeys } from './testing/sample-recipient.ts';

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';
const CALLBACKS = ['https://rp.example/cb', 'https://rp2.example/cb'];
const NEIGHBOUR = 'https://rpxexample/cb';
const ESCAPED = 'regexp=(https://rp\\.example/cb|https://rp2\\.example/cb)';

test('several redirect URIs are one expression whose dots are any character, until it is put escaped', async (t) => {
  const { server, newClient } = await start(t);
  const { id, registration, inbound, metadata } = await newClient({ redirect_uris: CALLBACKS });
  const sentTo = async (redirect_uri: string) => (await ask(server, id, { redirect_uri }))?.origin;
  const before = (await manage(server, registration)).data.redirect_uris;
  assert.deepEqual(before, ['regexp=(https://rp.example/cb|https://rp2.example/cb)']);
  assert.equal(await sentTo('https://rp2.example/cb'), 'https://rp2.example');
  assert.equal(await sentTo(NEIGHBOUR), 'https://rpxexample', "a code goes to the neighbour's host");
  assert.equal(await sentTo('https://elsewhere.example/cb'), undefined);

  for (const redirect_uris of [[ESCAPED], [ESCAPED.slice('regexp='.length)], ['https://rp\\.example/cb']]) {
    const { status, data } = await manage(server, registration, {
      method: 'PUT',
      body: { ...metadata, redirect_uris },
    });
    assert.deepEqual([status, data.error], [400, 'invalid_redirect_uri'], redirect_uris[0]);
  }
  const { data: held } = await manage(server, inbound);
  const put = await manage(server, inbound, { method: 'PUT', body: { ...held, callbackURLs: [ESCAPED] } });
  assert.equal(put.status, 200);
  assert.deepEqual((await manage(server, inbound)).data, { ...held, callbackURLs: [ESCAPED] });
  assert.deepEqual((await manage(server, registration)).data.redirect_uris, [ESCAPED]);
  assert.equal(await sentTo('https://rp2.example/cb'), 'https://rp2.example');
  assert.equal(await sentTo(NEIGHBOUR), undefined);

  await manage(server, registration, { method: 'PUT', body: metadata });
  assert.equal(await sentTo(NEIGHBOUR), 'https://rpxexample', "DCR's next write undoes it");
});

test('one redirect URI is compared letter by letter', async (t) => {
  const { server, newClient } = await start(t);
  const { id } = await newClient({ redirect_uris: ['https://rp.example/cb'] });
  assert.equal((await ask(server, id, { redirect_uri: 'https://rp.example/cb' }))?.origin, 'https://rp.example');
  assert.equal(await ask(server, id, { redirect_uri: NEIGHBOUR }), undefined);
});

test('the rules that a client registered are its own: PKCE, PAR, signed request objects', async (t) => {
  const { server, newClient } = await start(t);
  const errorOf = async (id: string, query: Record<string, string>) =>
    (await ask(server, id, query))?.searchParams.get('error');
  const withoutPkce = { code_challenge: '', code_challenge_method: '' };
  const free = await newClient({});
  assert.equal(await errorOf(free.id, withoutPkce), null, 'a client without rules gets a code');
  const pkce = await newClient({ ext_pkce_mandatory: true });
  assert.equal(await errorOf(pkce.id, withoutPkce), 'invalid_request');
  assert.equal(await errorOf(pkce.id, {}), null);
  const par = await newClient({ require_pushed_authorization_requests: true });
  assert.equal(await errorOf(par.id, {}), 'invalid_request');
  const signed = await newClient({ require_signed_request_object: true, request_object_signing_alg: 'PS256' });
  assert.equal(await errorOf(signed.id, {}), null, 'a request without any object still gets a code');
  const request = { ...queryOf(signed.id), iss: signed.id, aud: server.issuer };
  assert.equal(await errorOf(signed.id, { request: new UnsecuredJWT(request).encode() }), 'invalid_request_object');
  const { privateKey, kid } = server.pki.signers.recipientSigning;
  const object = await new SignJWT(request)
    .setProtectedHeader({ alg: 'PS256', kid })
    .setExpirationTime('60s')
    .sign(privateKey);
  assert.equal(await errorOf(signed.id, { request: object }), null);
  const pushed = await push(server, par.id, queryOf(par.id));
  assert.equal(pushed.status, 201, JSON.stringify(pushed.data));
  const sent = await authorize(server, { client_id: par.id, request_uri: pushed.data.request_uri });
  assert.ok(sent?.searchParams.get('code'), sent?.href);
});

test('what DCR and the inbound protocol set is read there whole; a DCR PUT resets the switches that it does not send', async (t) => {
  const { server, newClient } = await start(t);
  const switches = {
    ext_pkce_mandatory: true,
    require_pushed_authorization_requests: true,
    require_signed_request_object: true,
  };
  const members = { subject_type: 'pairwise', ext_refresh_token_lifetime: 3600, request_object_signing_alg: 'PS256' };
  const { inbound, registration, metadata } = await newClient({ ...switches, ...members });
  const { data: held } = await manage(server, inbound);
  assert.deepEqual(
    {
      pkce: held.pkce,
      par: held.pushAuthorizationRequest,
      object: [held.validateRequestObjectSignature, held.requestObject.requestObjectSigningAlg],
      subject: held.subject.subjectType,
      binding: held.accessToken.bindingType,
      idToken: held.idToken.idTokenSignedResponseAlg,
      refresh: held.refreshToken.expiryInSeconds,
      method: held.clientAuthentication.tokenEndpointAuthMethod,
      grants: held.grantTypes,
    },
    {
      pkce: { mandatory: true, supportPlainTransformAlgorithm: false },
      par: { requirePushAuthorizationRequest: true },
      object: [true, 'PS256'],
      subject: 'pairwise',
      binding: 'certificate',
      idToken: 'PS256',
      refresh: 3600,
      method: 'private_key_jwt',
      grants: metadata.grant_types,
    },
  );
  const without = Object.fromEntries(Object.entries(metadata).filter(([member]) => !(member in switches)));
  await manage(server, registration, { method: 'PUT', body: without });
  const { data: left } = await manage(server, inbound);
  assert.deepEqual(
    [left.pkce.mandatory, left.pushAuthorizationRequest.requirePushAuthorizationRequest, left.subject.subjectType],
    [false, false, 'pairwise'],
  );
  const loose = await newClient({ token_type_extension: undefined });
  const read = (await manage(server, loose.registration)).data.tls_client_certificate_bound_access_tokens;
  assert.equal(read, false, 'tokens that are no JWTs are not bound');
});

test('with PS256 in the configuration the key is listed under both algorithms and ID tokens verify', async (t) => {
  const id_token = { signature_algorithm: 'PS256', signing_algorithms: ['PS256'] };
  const { server, newClient } = await start(t, { oauth: { oidc: { id_token } } });
  const { data: published } = await send(server, '/oauth2/token/.well-known/openid-configuration');
  assert.deepEqual(published.id_token_signing_alg_values_supported, ['PS256']);
  const { data: set } = await send(server, '/oauth2/jwks');
  assert.deepEqual(
    set.keys.map(({ alg, kid }: { alg: string; kid: string }) => [alg, kid.slice(-6)]),
    [
      ['RS256', '_RS256'],
      ['PS256', '_PS256'],
    ],
  );
  const { id } = await newClient({ subject_type: 'pairwise' });
  const { access_token, id_token: token } = await tokensOf(server, id);
  const { payload } = await jwtVerify(token, createLocalJWKSet(set), { issuer: server.issuer, algorithms: ['PS256'] });
  assert.equal(decodeProtectedHeader(access_token).alg, 'RS256');
  const other = await newClient({ subject_type: 'pairwise', redirect_uris: ['https://elsewhere.example/cb'] });
  const { id_token: others } = await tokensOf(server, other.id, 'https://elsewhere.example/cb');
  const { payload: theirs } = await jwtVerify(others, createLocalJWKSet(set));
  assert.notEqual(theirs.sub, payload.sub, 'pairwise: another sector has another subject');
  const refused = await register(server, { ...recipientClient(''), id_token_signed_response_alg: 'ES256' });
  assert.deepEqual([refused.status, refused.data.error], [400, 'invalid_client_metadata']);
});

test('without it a client that registered PS256 gets ID tokens whose key is nowhere', async (t) => {
  const { server, newClient } = await start(t);
  const { data: set } = await send(server, '/oauth2/jwks');
  const { id } = await newClient({});
  const { id_token } = await tokensOf(server, id);
  assert.match(decodeProtectedHeader(id_token).kid ?? '', /_PS256$/);
  await assert.rejects(jwtVerify(id_token, createLocalJWKSet(set)), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

async function start(t: Parameters<typeof startSampleServer>[0], tables: Record<string, unknown> = {}) {
  const server = await startSampleServer(t, { authorizeAllScopes: false, tables });
  await createConsumer(server);
  const keys = await serveRecipientKeys(t, server.pki);
  const newClient = async (members: object) => {
    const metadata = {
      ...recipientClient(keys),
      redirect_uris: CALLBACKS.slice(0, 1),
      client_name: randomUUID(),
      ...members,
    };
    const { data, status } = await register(server, metadata);
    assert.equal(status, 201, JSON.stringify(data));
    const filter = encodeURIComponent(`clientId eq ${data.client_id}`);
    const [found] = (await manage(server, `/api/server/v1/applications?filter=${filter}`)).data.applications;
    return {
      id: String(data.client_id),
      metadata: metadata as Record<string, unknown>,
      registration: `${REGISTER}/${data.client_id}`,
      inbound: `/api/server/v1/applications/${found.id}/inbound-protocols/oidc`,
    };
  };
  return { server, newClient };
}

const queryOf = (clientId: string) => ({
  client_id: clientId,
  redirect_uri: CALLBACKS[0] ?? '',
  response_type: 'code',
  scope: 'openid',
  code_challenge: createVerifier().challenge,
  code_challenge_method: 'S256',
});

/** Where code or error are sent to; an empty member is left out. */
const ask = (server: SampleServer, clientId: string, members: Record<string, string>) =>
  authorize(
    server,
    Object.fromEntries(Object.entries({ ...queryOf(clientId), ...members }).filter(([, value]) => value !== '')),
  );

async function push(server: SampleServer, clientId: string, request: Record<string, string>) {
  const body = assertionForm(await clientAssertion(server, clientId), request);
  return send(server, '/oauth2/par', { method: 'POST', body, certificate: server.pki.parties.recipient });
}

async function tokensOf(server: SampleServer, clientId: string, redirect_uri = CALLBACKS[0] ?? '') {
  const { verifier, challenge } = createVerifier();
  const code =
    (await ask(server, clientId, { redirect_uri, code_challenge: challenge }))?.searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', redirect_uri, code, code_verifier: verifier };
  const { status, data } = await exchangeCode(server, clientId, form);
  assert.equal(status, 200, JSON.stringify(data));
  return data;
}
