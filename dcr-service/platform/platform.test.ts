import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type ApiManager, connectApiManager, connectIdentityServer } from '@cdr-stack/wso2';
import { administrator, startSampleApiManager } from '../../local/emulator/api-manager/testing/sample-api-manager.ts';
import { administrator as identityAdministrator } from '../../local/emulator/identity-server/testing/sample-identity-server.ts';
import { PlatformError } from '../registration/platform.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { judge, policy } from '../testing/validation.ts';
import { registeredMetadata } from '../validation/registered-metadata.ts';
import { apiManagerPortal } from './api-manager-portal.ts';
import { identityServerClients } from './identity-server-clients.ts';

const verdict = await judge(await registrationRequest());
assert.ok(verdict.accepted);
const metadata = registeredMetadata(verdict.value, policy);
const name = metadata.software_id;
const within = AbortSignal.timeout(60_000);

async function eventually(holds: () => Promise<boolean>, t: TestContext): Promise<void> {
  while (!(await holds())) t.signal.throwIfAborted();
}

/** As much of the provisioning as a registration needs: key manager and published API. */
async function provision(
  { admin, publisher, devportal }: ApiManager,
  identityServer: string,
  t: TestContext,
): Promise<void> {
  await admin.createKeyManager({
    name: 'OBKM',
    type: 'WSO2-IS-7',
    issuer: `${identityServer}/oauth2/token`,
    clientRegistrationEndpoint: `${identityServer}/api/identity/oauth2/dcr/v1.1/register`,
    introspectionEndpoint: `${identityServer}/oauth2/introspect`,
    tokenEndpoint: `${identityServer}/oauth2/token`,
    revokeEndpoint: `${identityServer}/oauth2/revoke`,
    scopeManagementEndpoint: `${identityServer}/api/identity/oauth2/v1.0/scopes`,
    enableMapOAuthConsumerApps: true,
    enableOAuthAppCreation: true,
    enabled: true,
    additionalProperties: {
      Authentication: 'BasicAuth',
      Username: identityAdministrator.username,
      Password: identityAdministrator.password,
      api_resource_management_endpoint: `${identityServer}/api/server/v1/api-resources`,
      is7_roles_endpoint: `${identityServer}/scim2/v2/Roles`,
    },
  });
  await eventually(
    async () => (await devportal.keyManagers()).some((offered) => offered.name === 'OBKM' && offered.enabled),
    t,
  );
  const endpoint = { url: 'https://localhost:1' };
  const openapi = readFileSync(new URL('../../apis/dcr/openapi.yaml', import.meta.url), 'utf8');
  const api = await publisher.importOpenApi(openapi, {
    name: 'CDRDynamicClientRegistrationAPI',
    version: '0.2',
    context: '/open-banking/{version}',
    policies: ['Unlimited'],
    endpointConfig: { endpoint_type: 'http', production_endpoints: endpoint, sandbox_endpoints: endpoint },
  });
  await publisher.changeLifecycle(api.id, 'Publish');
  await eventually(async () => (await devportal.findApi(api.name, '0.2')) !== null, t);
}

test('a client, an application, its keys and its subscription, against the emulator', {
  timeout: 60_000,
}, async (t) => {
  const sample = await startSampleApiManager(t);
  const { url: identityUrl } = await sample.identityServer();
  const { cdrRoot, platform } = sample.pki.authorities;
  const is = connectIdentityServer({ url: identityUrl, ca: platform.certificate }, identityAdministrator);
  const apim = connectApiManager({ url: sample.url, ca: cdrRoot.certificate }, administrator);
  t.after(() => {
    is.close();
    apim.close();
  });
  await provision(apim, identityUrl, t);
  const clients = identityServerClients(is);
  const settings = { keyManager: 'OBKM', businessPlan: 'Unlimited' };
  const regulatoryApis = [{ name: 'CDRDynamicClientRegistrationAPI', version: '0.2' }];
  const portal = apiManagerPortal(apim, { ...settings, regulatoryApis });

  await t.test('the client is one that a recipient can use: bound tokens, private_key_jwt, its own JWKS', async () => {
    const { clientId } = await clients.create(name, { ...metadata, grant_types: ['authorization_code'] }, within);
    const stored = await is.clients.read(clientId);
    assert.equal(stored?.tls_client_certificate_bound_access_tokens, true);
    assert.equal(stored?.token_endpoint_auth_method, 'private_key_jwt');
    assert.equal(stored?.jwks_uri, metadata.jwks_uri);
    assert.deepEqual(stored?.grant_types, ['authorization_code', 'client_credentials']);
  });

  await t.test('what a crash left behind is replaced, not adopted', async () => {
    const before = await is.clients.findByName(name);
    const client = await clients.create(name, metadata, within);
    assert.notEqual(client.clientId, before?.client_id);
    const left = await portal.createApplication(name, within);
    const { applicationId } = await portal.createApplication(name, within);
    assert.notEqual(applicationId, left.applicationId);

    await portal.mapKeys(applicationId, client, within);
    await portal.subscribe(applicationId, within);
    assert.deepEqual(
      (await apim.devportal.listKeys(applicationId)).map(({ consumerKey }) => consumerKey),
      [client.clientId],
    );
    assert.equal((await apim.devportal.listSubscriptions(applicationId)).length, 1);
  });

  await t.test('an update keeps the client bound', async () => {
    const clientId = (await is.clients.findByName(name))?.client_id ?? '';
    await clients.update(clientId, name, { ...metadata, redirect_uris: ['https://app.brolga.example/new'] }, within);
    const stored = await is.clients.read(clientId);
    assert.equal(stored?.tls_client_certificate_bound_access_tokens, true);
    assert.deepEqual(stored?.redirect_uris, ['https://app.brolga.example/new']);
  });

  await t.test('what is removed is gone, and may be removed again', async () => {
    for (const _ of [1, 2]) {
      await portal.removeApplication(name, within);
      await clients.remove(name, within);
    }
    assert.equal(await apim.devportal.findApplication(name), null);
    assert.equal(await is.clients.findByName(name), null);
  });

  await t.test('an API that is not published is named, with what to do', async () => {
    const other = apiManagerPortal(apim, { ...settings, regulatoryApis: [{ name: 'Accounts', version: '1' }] });
    const { applicationId } = await other.createApplication(name, within);
    await assert.rejects(other.subscribe(applicationId, within), (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.reason, 'refused');
      assert.match(error.message, /publishes no API Accounts 1: run the provisioning, or correct DCR_REGULATORY_APIS/);
      return true;
    });
    await other.removeApplication(name, within);
  });
});

test('a server that does not answer is away, one that refuses has refused', { timeout: 30_000 }, async (t) => {
  const nobody = connectIdentityServer({ url: 'https://localhost:1', patience: { retries: 0 } }, identityAdministrator);
  t.after(() => nobody.close());
  await assert.rejects(identityServerClients(nobody).create(name, metadata, within), {
    name: 'PlatformError',
    reason: 'away',
  });

  const sample = await startSampleApiManager(t);
  const { url } = await sample.identityServer();
  const ca = sample.pki.authorities.platform.certificate;
  const stranger = connectIdentityServer({ url, ca }, { username: 'admin', password: 'wrong' });
  t.after(() => stranger.close());
  await assert.rejects(identityServerClients(stranger).create(name, metadata, within), {
    name: 'PlatformError',
    reason: 'refused',
  });
});
