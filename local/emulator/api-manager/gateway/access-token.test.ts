import assert from 'node:assert/strict';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { splitBundle } from '../../../../pki/pem.ts';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import type { Pki } from '../../../pki/pki.ts';
import { samplePki } from '../../../pki/testing/sample-pki.ts';
import type { RuntimeKeyManager } from './runtime.ts';
import { type Backend, startBackend } from './testing/backend.ts';
import type { GatewayHome } from './testing/gateway-home.ts';
import {
  CONTEXT,
  deployedApi,
  type FakeRuntime,
  fakeRuntime,
  operation,
  policy,
  type RunningGateway,
  runGateway,
} from './testing/running-gateway.ts';

const ISSUER = 'https://localhost:9446/oauth2/token';
const SCOPE = 'cdr:registration';

let pki: Pki;
let service: Backend;
let identityServer: Backend;
let keyManager: RuntimeKeyManager;
let runtime: FakeRuntime;
let gateway: RunningGateway;
/** The keys that the Identity Server publishes, by their ids. */
const signers = new Map<string, CryptoKey>();
const jwks: object[] = [];
const running: RunningGateway[] = [];

before(async () => {
  pki = await samplePki(temporaryDirectory());
  const [ofService, ofIdentityServer] = [pki.parties.dcrService, pki.parties.identityServer];
  service = await startBackend({ cert: ofService.certificate, key: ofService.key });
  identityServer = await startBackend({ cert: ofIdentityServer.certificate, key: ofIdentityServer.key });
  identityServer.answer = () => ({ body: JSON.stringify({ keys: jwks }) });
  await publishKey('first');
  runtime = fakeRuntime([]);
  gateway = await start();
});

beforeEach(() => {
  service.arrived.length = 0;
  keyManager = {
    name: 'OBKM',
    type: 'WSO2-IS-7',
    enabled: true,
    issuer: ISSUER,
    certificates: { type: 'JWKS', value: `${identityServer.url}/jwks` },
    introspectionEndpoint: undefined,
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    selfValidateJwt: true,
  };
  const toClient = policy(
    `<header name="x-client" scope="transport" expression="get-property('api.ut.consumerKey')"/>`,
  );
  const secured = { authType: 'Application', scopes: [SCOPE], request: [toClient] };
  const operations = [
    operation('GET', '/register/{ClientId}', secured),
    operation('POST', '/register', { request: [toClient] }),
  ];
  runtime.deployed = [deployedApi(service.url, operations)];
  runtime.managers = [keyManager];
  runtime.subscriptions = new Map([['client-1', false]]);
  runtime.revoked = new Set();
});

after(() => Promise.all([...running.map(({ close }) => close()), service.close(), identityServer.close()]));

async function start(changes: GatewayHome = {}): Promise<RunningGateway> {
  const started = await runGateway(pki, runtime, changes);
  running.push(started);
  return started;
}

async function publishKey(kid: string): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true });
  signers.set(kid, privateKey);
  jwks.push({ ...(await exportJWK(publicKey)), kid, alg: 'PS256', use: 'sig' });
}

async function token(claims: JWTPayload = {}, kid = 'first', expires: string | Date = '5m'): Promise<string> {
  const key = signers.get(kid);
  assert.ok(key);
  return new SignJWT({ iss: ISSUER, azp: 'client-1', scope: `openid ${SCOPE}`, jti: 'token-1', ...claims })
    .setProtectedHeader({ alg: 'PS256', kid })
    .setExpirationTime(expires)
    .sign(key);
}

const callWith = (bearer: string | undefined, through = gateway) =>
  through.call(`${CONTEXT}/register/1`, { headers: bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` } });

async function refusal(bearer: string | undefined, through = gateway) {
  const { status, headers, body } = await callWith(bearer, through);
  assert.equal(service.arrived.length, 0, 'the endpoint was reached');
  return {
    status,
    challenge: headers['www-authenticate'],
    echo: headers['x-wso2-client-certificate'],
    ...(JSON.parse(body) as { code: string; description: string }),
  };
}

test('a good token reaches the endpoint, and the policy knows its client', async () => {
  assert.equal((await callWith(await token())).status, 200);
  assert.equal(service.arrived[0]?.headers['x-client'], 'client-1');
  assert.match(String(service.arrived[0]?.headers.authorization), /^Bearer /);
});

test('an operation without authentication takes no token, and knows no client even when one is sent', async () => {
  const headers = { Authorization: `Bearer ${await token()}`, 'content-type': 'application/jwt' };
  assert.equal((await gateway.call(`${CONTEXT}/register`, { method: 'POST', headers, body: 'x' })).status, 200);
  assert.equal(service.arrived[0]?.headers['x-client'], '');
});

test("no token is 401 with 900902 and a challenge, and the caller's certificate comes back", async () => {
  const { status, code, challenge, echo } = await refusal(undefined);
  assert.match(Buffer.from(String(echo), 'base64url').toString(), /^-----BEGIN CERTIFICATE-----/);
  assert.deepEqual([status, code], [401, '900902']);
  assert.equal(
    challenge,
    'Internal API Key realm="WSO2 API Manager", Bearer realm="WSO2 API Manager", error="invalid_token", error_description="The provided token is invalid"',
  );
});

test('with the init step challenges say what was wrong, and the certificate stays inside', async () => {
  const prepared = await start({ ownChallenges: true });
  for (const [bearer, status, challenge] of [
    [undefined, 401, 'Bearer realm="cdr"'],
    ['opaque', 401, 'Bearer realm="cdr", error="invalid_token"'],
    [await token({ scope: 'openid' }), 403, 'Bearer realm="cdr", error="insufficient_scope", scope="cdr:registration"'],
    [await token({ azp: 'client-without-subscription' }), 403, undefined],
  ] as const) {
    const answer = await refusal(bearer, prepared);
    assert.deepEqual([answer.status, answer.challenge, answer.echo], [status, challenge, undefined]);
  }
  runtime.deployed = runtime.deployed.map((api) => ({ ...api, name: 'Accounts' }));
  const { challenge } = await refusal(await token({ scope: 'openid' }), prepared);
  assert.equal(challenge, 'Bearer realm="cdr", error="insufficient_scope"', 'a scope that is not known is not named');
});

test('a token that is no JWT, of another issuer, forged, expired or revoked is 401 with 900901', async () => {
  const forged = (await token()).replace(/.{20}$/, 'A'.repeat(20));
  runtime.revoked.add('revoked');
  for (const [what, bearer] of [
    ['no JWT', 'opaque'],
    ['another issuer', await token({ iss: 'https://elsewhere.example' })],
    ['forged', forged],
    ['expired', await token({}, 'first', new Date(Date.now() - 60_000))],
    ['revoked', await token({ jti: 'revoked' })],
    ['without a client', await token({ azp: undefined })],
  ] as const) {
    const { status, code } = await refusal(bearer);
    assert.deepEqual([status, code], [401, '900901'], what);
  }
});

test('tokens of a key manager that is disabled, or not allowed for this API, are refused', async () => {
  runtime.managers = [{ ...keyManager, enabled: false }];
  assert.equal((await refusal(await token())).code, '900901');
  runtime.managers = [keyManager];
  runtime.deployed = runtime.deployed.map((api) => ({ ...api, keyManagers: ['Another'] }));
  assert.equal((await refusal(await token())).code, '900901');
  runtime.deployed = runtime.deployed.map((api) => ({ ...api, keyManagers: ['OBKM'] }));
  assert.equal((await callWith(await token())).status, 200);
});

test('a token without the scope of the operation is 403 with 900910', async () => {
  const { status, code, challenge } = await refusal(await token({ scope: 'openid' }));
  assert.deepEqual([status, code, challenge], [403, '900910', undefined]);
});

test('a client without a subscription is 403 with 900908, a blocked one 401 with 900907', async () => {
  const unknown = await refusal(await token({ azp: 'client-2' }));
  assert.deepEqual([unknown.status, unknown.code], [403, '900908']);
  runtime.subscriptions.set('client-2', true);
  const blocked = await refusal(await token({ azp: 'client-2' }));
  assert.deepEqual([blocked.status, blocked.code], [401, '900907']);
});

test('without subscription validation any client of the key manager passes', async () => {
  runtime.deployed = runtime.deployed.map((api) => ({ ...api, subscriptionRequired: false }));
  assert.equal((await callWith(await token({ azp: 'client-2' }))).status, 200);
});

test('a token bound to the certificate of the connection passes, one bound to another does not', async () => {
  const [leaf = ''] = splitBundle(pki.parties.recipient.certificate);
  const own = createHash('sha256').update(new X509Certificate(leaf).raw).digest('base64url');
  assert.equal((await callWith(await token({ cnf: { 'x5t#S256': own } }))).status, 200);
  service.arrived.length = 0;
  const foreign = await token({ cnf: { 'x5t#S256': 'A'.repeat(43) } });
  assert.equal((await refusal(foreign)).code, '900901');
  const lenient = await start({ oauth: { enable_certificate_bound_access_token: false } });
  assert.equal((await callWith(foreign, lenient)).status, 200);
});

test('as in the product, binding is not asked of a connection without a certificate', async () => {
  const optional = await start({ verifyClient: 'optional' });
  const headers = { Authorization: `Bearer ${await token({ cnf: { 'x5t#S256': 'A'.repeat(43) } })}` };
  assert.equal((await optional.call(`${CONTEXT}/register/1`, { as: null, headers })).status, 200);
});

test('the key set is fetched once, and again for a key id that is new', async () => {
  const fresh = await start();
  const before = identityServer.arrived.length;
  assert.equal((await callWith(await token(), fresh)).status, 200);
  assert.equal((await callWith(await token(), fresh)).status, 200);
  assert.equal(identityServer.arrived.length - before, 1);
  await publishKey('second');
  const rotated = await token({}, 'second');
  // The gateway does not ask again at once: until it has, the token is refused.
  const deadline = Date.now() + 10_000;
  while ((await callWith(rotated, fresh)).status !== 200)
    assert.ok(Date.now() < deadline, 'the new key was never taken');
  assert.equal(identityServer.arrived.length - before, 2);
});

test('a key manager whose CA the gateway does not trust is 500 with 900900, and its log says why', async () => {
  const distrustful = await start({ servers: [pki.authorities.foreign.certificate] });
  const { status, code } = await refusal(await token(), distrustful);
  assert.deepEqual([status, code], [500, '900900']);
  assert.match(distrustful.log.join(''), /certificate/);
});

test('a key manager whose key is a certificate needs no key set', async () => {
  const { certificate, key } = pki.parties.identityServer;
  const [leaf = ''] = splitBundle(certificate);
  runtime.managers = [{ ...keyManager, certificates: { type: 'PEM', value: leaf } }];
  const signed = await new SignJWT({ iss: ISSUER, azp: 'client-1', scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256' })
    .setExpirationTime('5m')
    .sign(createPrivateKey(key));
  assert.equal((await callWith(signed)).status, 200);
  assert.equal((await refusalAfter(await token())).code, '900901');

  async function refusalAfter(bearer: string) {
    service.arrived.length = 0;
    return refusal(bearer);
  }
});

test('tokens, keys and passwords are in no log', () => {
  const log = running.flatMap((one) => one.log).join('');
  assert.doesNotMatch(log, /eyJ|BEGIN|password/);
});
