import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { decodeJwt } from 'jose';
import type { TomlValue } from 'smol-toml';
import { lintDeploymentToml } from '../../programs/deployment-toml/lint.ts';
import {
  accessTokenLife,
  type RequiredSetting,
  requiredSettings,
  type Server,
} from '../../programs/deployment-toml/required-settings.ts';
import { baseline } from '../../programs/hardening/baseline.ts';
import { generations } from '../../programs/products.ts';
import { withoutSetting } from '../../programs/testing/without-setting.ts';
import { RunFailed } from '../../scripts/engine/errors.ts';
import type { Environment } from '../processes/environment.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

// Every setting that the linter requires is taken away in turn: the linter says so before a server starts, and who starts the
// servers all the same meets what it said.

const { apiManager, identityServer } = generations['4.7'];
const versions = { 'api-manager': apiManager.version, 'identity-server': identityServer.version };

/** What becomes of an environment without a setting. */
type Consequence =
  | { start: RegExp }
  | { stranger: (environment: FlowEnvironment) => Promise<void> }
  | { provisioning: string; names: RegExp }
  | { recipient: Observation };

/** Sees, in an environment that was provisioned, that a recipient's way is broken or open to others. */
type Observation = (environment: FlowEnvironment, registered: Registered) => Promise<void>;

interface Registered {
  clientId: string;
  /** Asks for an access token. */
  token(scope?: string): Promise<string>;
}

const withoutDatabase = { start: /Driver:org\.h2\.Driver returned null for URL/ };

const consequences: Record<Server, Record<string, Consequence>> = {
  'api-manager': {
    'encryption.key': { start: /\[encryption\] key must be 64 hexadecimal digits; API Manager 4\.7 does not start/ },
    'account_recovery.endpoint.auth.hash': { stranger: publishedWordMakesClients },
    'database.shared_db.url': withoutDatabase,
    'keystore.listener_profile.ssl_verify_client': {
      provisioning: 'probe',
      names: /answers callers that show no certificate.*ssl_verify_client = "require"/,
    },
    'apimgt.mutual_ssl.certificate_header': {
      provisioning: 'probe',
      names: /certificate did not get through the gateway/,
    },
    'apimgt.mutual_ssl.enable_client_validation': { recipient: headerIsBelieved },
    'custom_message_builders.*.content_type': { provisioning: 'probe', names: /\[\[custom_message_builders\]\]/ },
    'custom_message_formatters.*.content_type': { provisioning: 'probe', names: /\[\[custom_message_formatters\]\]/ },
    'apim.oauth_config.enable_outbound_auth_header': { recipient: tokenIsDropped },
    'apim.oauth_config.enable_certificate_bound_access_token': { recipient: stolenTokenPassesTheGateway },
    'apim.gateway.environment.*.https_endpoint': {
      provisioning: 'preflight',
      names: /Gateway Default has no virtual host.*https_endpoint/,
    },
    'apim.sync_runtime_artifacts.gateway.gateway_labels.*': {
      provisioning: 'revision',
      names: /no gateway has acknowledged the revision/,
    },
  },
  'identity-server': {
    'server.node_ip': { start: /Configuration with key server\.node_ip doesn't exist/ },
    'database.identity_db.url': withoutDatabase,
    'database.shared_db.url': withoutDatabase,
    'account_recovery.endpoint.auth.hash': { stranger: publishedWordListsApplications },
    'event.default_listener.client_certificate_authentication_handler.enable': { stranger: certificateOpensScim },
    'oauth.authorize_all_scopes': { recipient: managementScopeIsGranted },
    'oauth.allowed_scopes.*': { recipient: everyClientIsGrantedMore },
    'oauth.oidc.id_token.signature_algorithm': { stranger: keysForIdTokensAreNowhere },
    'oauth.token_validation.app_access_token_validity': { recipient: tokenLivesTooLong },
    'transport.https.sslHostConfig.properties.certificateVerification': { recipient: noTokenIsToBeHad },
  },
};

/**
 * Those of several servers are taken away where several servers are: `two-api-managers.e2e.ts`, `identity-server-replicas.test.ts`;
 * what only WSO2's own servers show, nowhere here. Of the hardening baseline, the rows whose door the emulator has.
 */
const required: Pick<RequiredSetting, 'server' | 'key' | 'harmful' | 'without'>[] = [
  ...requiredSettings.filter(({ several, realServersOnly }) => !several && !realServersOnly),
  ...baseline
    .filter(({ server, key }) => key in consequences[server])
    .map(({ server, key, open, shipped }) => ({
      server,
      key,
      without: open,
      ...(harmfulOf(key, shipped) !== undefined && { harmful: harmfulOf(key, shipped) as TomlValue }),
    })),
];

/** What the row keeps out, where that is not what WSO2 ships. */
function harmfulOf(key: string, shipped: TomlValue | undefined): TomlValue | undefined {
  if (key === 'oauth.authorize_all_scopes') return true;
  return typeof shipped === 'boolean' ? shipped : undefined;
}

let template: string;
before(async () => {
  template = await prepareTemplate();
});

test('each setting that the linter requires has a row here', () => {
  const rows = Object.entries(consequences).flatMap(([server, keys]) => Object.keys(keys).map((key) => [server, key]));
  assert.deepEqual(rows.sort(), required.map(({ server, key }) => [server, key]).sort());
});

for (const setting of required) {
  const { server, key, without } = setting;
  const consequence = consequences[server][key];
  if (consequence === undefined) continue;

  test(`${server} without ${key}: ${without}`, async () => {
    const start = startEnvironment(template, {
      alter: async (environment) => {
        const file = deploymentToml(environment, server);
        const altered = withoutSetting(await readFile(file, 'utf8'), setting);
        assert.deepEqual(
          lintDeploymentToml(server, versions[server], altered).map((finding) => finding.key),
          [key],
        );
        await writeFile(file, altered);
      },
    });
    if ('start' in consequence) return assert.rejects(start, consequence.start);
    const environment = await start;
    try {
      if ('stranger' in consequence) await consequence.stranger(environment);
      else if ('recipient' in consequence) await consequence.recipient(environment, await register(environment));
      else await failsToProvision(environment, consequence.provisioning, consequence.names);
    } finally {
      await environment.stop();
    }
  });
}

function deploymentToml({ state }: Environment, server: Server): string {
  const home = server === 'api-manager' ? state.apiManagerHome : state.identityServerHome;
  return join(home, 'repository', 'conf', 'deployment.toml');
}

async function failsToProvision(environment: FlowEnvironment, step: string, names: RegExp): Promise<void> {
  await assert.rejects(environment.provision({ settleSeconds: 2 }), (failure) => {
    assert.ok(failure instanceof RunFailed, `it failed otherwise: ${failure}`);
    assert.equal(failure.failures[0]?.step, step, failure.message);
    assert.match(failure.message, names);
    return true;
  });
}

/** All of it succeeds: what is wrong shows only when the registration is used. */
async function register(environment: FlowEnvironment): Promise<Registered> {
  await environment.provision();
  const recipient = environment.recipient();
  const { status, data } = await recipient.register(await recipient.registrationRequest());
  assert.equal(status, 201, JSON.stringify(data));
  return { clientId: data.client_id, token: (scope) => recipient.accessToken(data.client_id, scope) };
}

/** What WSO2 publishes as the password of its own pages' application. */
const publishedWord = { authorization: `Client ${Buffer.from('dashboard:dashboard').toString('base64')}` };

async function publishedWordMakesClients(environment: FlowEnvironment): Promise<void> {
  const url = `${environment.urls.apiManager}/keymanager-operations/dcr/register`;
  const { status } = await environment
    .recipient(null)
    .http.post(url, { client_name: 'a stranger' }, { headers: publishedWord });
  assert.equal(status, 201);
}

async function publishedWordListsApplications(environment: FlowEnvironment): Promise<void> {
  const url = `${environment.urls.identityServer}/api/server/v1/applications`;
  const { status } = await environment.recipient(null).http.get(url, { headers: publishedWord });
  assert.equal(status, 200);
}

async function certificateOpensScim(environment: FlowEnvironment): Promise<void> {
  const { status, data } = await environment.recipient().http.get(`${environment.urls.identityServer}/scim2/Users`);
  assert.equal(status, 200);
  assert.ok(data.totalResults > 0);
}

async function managementScopeIsGranted(_: FlowEnvironment, { token }: Registered): Promise<void> {
  const { scope } = decodeJwt(await token('cdr:registration internal_user_mgt_create'));
  assert.match(String(scope), /\binternal_user_mgt_create\b/);
}

async function everyClientIsGrantedMore(_: FlowEnvironment, { token }: Registered): Promise<void> {
  const { scope } = decodeJwt(await token('cdr:registration cdr:nobodys'));
  assert.match(String(scope), /\bcdr:nobodys\b/);
}

async function keysForIdTokensAreNowhere(environment: FlowEnvironment): Promise<void> {
  const { data } = await environment.recipient(null).http.get(`${environment.urls.identityServer}/oauth2/jwks`);
  assert.ok(!data.keys.some(({ alg }: { alg: string }) => alg === 'PS256'));
}

async function headerIsBelieved(environment: FlowEnvironment, { clientId, token }: Registered): Promise<void> {
  // Another certificate of the CDR's CA, and in the header that of the recipient, whose token was stolen: nothing secret.
  const claimed = encodeURIComponent(certificateOf(environment, 'recipient').toString());
  const thief = environment.recipient('gateway');
  const answer = await thief.http.get(`${environment.urls.gateway}/open-banking/0.2/register/${clientId}`, {
    headers: { authorization: `Bearer ${await token()}`, 'x-wso2-client-certificate': claimed },
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.data));
}

async function tokenIsDropped(environment: FlowEnvironment, { clientId, token }: Registered): Promise<void> {
  const answer = await environment.recipient().read(clientId, await token());
  assert.equal(answer.status, 401);
  assert.match(JSON.stringify(answer.data), /No access token reached the registration service/);
  assert.match(environment.dcrLog(), /enable_outbound_auth_header = true/);
}

async function stolenTokenPassesTheGateway(environment: FlowEnvironment, { clientId, token }: Registered) {
  const answer = await environment.recipient('gateway').read(clientId, await token());
  // What dcr-service guards it guards itself; another API behind this gateway would have answered.
  assert.equal(answer.status, 401);
  assert.match(String(answer.headers['www-authenticate']), /error="invalid_token"/);
  assert.equal(answer.data.code, undefined, 'the gateway refused it');
}

async function tokenLivesTooLong(_: FlowEnvironment, { token }: Registered): Promise<void> {
  const { exp = 0, iat = 0 } = decodeJwt(await token());
  assert.equal(exp - iat, 3600);
  assert.ok(exp - iat > accessTokenLife.most);
}

async function noTokenIsToBeHad(environment: FlowEnvironment, { clientId }: Registered): Promise<void> {
  // Its tokens are to be bound to its certificate, and Identity Server was shown none.
  await assert.rejects(environment.recipient().accessToken(clientId), /TLS certificate not found in the request/);
}

function certificateOf({ state }: Environment, party: string): X509Certificate {
  return new X509Certificate(readFileSync(join(state.pki, `${party}.pem`)));
}
