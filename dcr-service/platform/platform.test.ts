import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { type TestContext, test } from 'node:test';
import { type ApiManager, connectApiManager, connectIdentityServer, dataHolderScopes } from '@cdr-stack/wso2';
import axios from 'axios';
import { administrator, startSampleApiManager } from '../../local/emulator/api-manager/testing/sample-api-manager.ts';
import { administrator as identityAdministrator } from '../../local/emulator/identity-server/testing/sample-identity-server.ts';
import { PlatformError } from '../registration/platform.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { judge, policy } from '../testing/validation.ts';
import { registeredMetadata } from '../validation/registered-metadata.ts';
import { keptRedirects } from '../validation/shapes.ts';
import { apiManagerPortal } from './api-manager-portal.ts';
import { identityServerClients } from './identity-server-clients.ts';

const verdict = await judge(await registrationRequest());
assert.ok(verdict.accepted);
const metadata = registeredMetadata(verdict.value, policy);
const name = metadata.software_id;
const within = AbortSignal.timeout(60_000);

/** What provisioning makes: the scopes that this data holder offers. */
async function offerScopes(url: string, ca: string, scopes: readonly string[]): Promise<void> {
  const body = {
    identifier: dataHolderScopes,
    name: 'What this data holder offers',
    requiresAuthorization: false,
    scopes: scopes.map((scope) => ({ name: scope })),
  };
  const { username, password } = identityAdministrator;
  const auth = { username, password };
  await axios.post(`${url}/api/server/v1/api-resources`, body, { auth, httpsAgent: new Agent({ ca }) });
}

async function eventually(holds: () => Promise<boolean>, t: TestContext): Promise<void> {
  while (!(await holds())) t.signal.throwIfAborted();
}

/** As much of the provisioning as a registration needs, with {@link publish}: the key manager, and a published API. */
async function addKeyManager({ admin, devportal }: ApiManager, identityServer: string, t: TestContext): Promise<void> {
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
}

async function publish({ publisher, devportal }: ApiManager, t: TestContext): Promise<string> {
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
  await eventually(async () => (await devportal.findApi(api.name, '0.2'))?.id === api.id, t);
  return api.id;
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
  await offerScopes(identityUrl, platform.certificate, ['cdr:registration', 'bank:payees:read']);
  await addKeyManager(apim, identityUrl, t);
  const firstApi = await publish(apim, t);
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

  const bound = async (registered: typeof metadata) => {
    const clientId = (await is.clients.findByName(name))?.client_id ?? '';
    await clients.update(clientId, name, registered, within);
    const answer = await clients.bind({ clientId, fresh: false }, registered, within);
    const application = (await is.applications.idOfClient(clientId)) ?? '';
    const { id } = (await is.apiResources.find(dataHolderScopes)) ?? assert.fail();
    return {
      clientId,
      application,
      resource: id,
      answer,
      protocol: await is.applications.readOidc(application),
      scopes: await is.applications.authorizedScopes(application, id),
    };
  };

  await t.test('Identity Server holds each member that is answered, and every rule', async () => {
    const { answer, protocol, clientId } = await bound({ ...metadata, scope: 'openid cdr:registration' });
    assert.deepEqual(
      answer.differences.map(({ member }) => member),
      [],
    );
    assert.deepEqual(answer.held, {});
    assert.equal(protocol.clientId, clientId);
    assert.equal(protocol.subject?.subjectType, 'pairwise');
    assert.equal(protocol.pkce?.mandatory, true);
    assert.equal(protocol.pushAuthorizationRequest?.requirePushAuthorizationRequest, true);
    assert.equal(protocol.validateRequestObjectSignature, true);
  });

  await t.test(
    'a client gets the scopes of its statement that are offered, and a change sends the difference',
    async () => {
      const more = await bound({
        ...metadata,
        scope: 'openid profile cdr:registration bank:payees:read bank:never:offered',
      });
      assert.deepEqual(more.scopes?.toSorted(), ['bank:payees:read', 'cdr:registration']);
      assert.equal(more.answer.held.scope, 'openid profile cdr:registration bank:payees:read');
      const fewer = await bound({ ...metadata, scope: 'openid cdr:registration' });
      assert.deepEqual(fewer.scopes, ['cdr:registration']);
      assert.equal(fewer.answer.held.scope, undefined);
      const none = await bound({ ...metadata, scope: 'openid' });
      assert.equal(none.scopes, null);
    },
  );

  await t.test(
    'a sector that is left out of a change is gone; several hosts without one have public subjects',
    async () => {
      const subjectOf = async (changes: Partial<typeof metadata>) =>
        (await bound({ ...metadata, ...changes })).protocol.subject;
      assert.equal((await subjectOf({}))?.sectorIdentifierUri, metadata.sector_identifier_uri);
      assert.partialDeepStrictEqual(await subjectOf({ sector_identifier_uri: undefined }), {
        subjectType: 'pairwise',
        sectorIdentifierUri: '',
      });
      const hosts = ['https://app.brolga.example/a', 'https://www.brolga.example/b'];
      const several = await subjectOf({ sector_identifier_uri: undefined, redirect_uris: hosts });
      assert.equal(several?.subjectType, 'public');
    },
  );

  await t.test(
    'redirect URIs that are several are kept with escapes, also after a change; one is kept as it is',
    async () => {
      const several = ['https://app.brolga.example/a', 'https://app.brolga.example/b?x=1'];
      for (const redirect_uris of [several, several.toReversed()]) {
        const { protocol } = await bound({ ...metadata, redirect_uris });
        assert.deepEqual(protocol.callbackURLs, [keptRedirects(redirect_uris)]);
        assert.match(protocol.callbackURLs?.[0] ?? '', /^regexp=\(https:\/\/app\\\.brolga\\\.example/);
      }
      const { protocol } = await bound(metadata);
      assert.deepEqual(protocol.callbackURLs, metadata.redirect_uris);
    },
  );

  await t.test('what somebody has changed at Identity Server is found', async () => {
    const redirect_uris = ['https://app.brolga.example/a', 'https://app.brolga.example/b'];
    const registered = { ...metadata, redirect_uris };
    const { application, clientId, resource, protocol } = await bound(registered);
    assert.deepEqual(await clients.inspect(clientId, registered, within), []);
    await is.applications.writeOidc(application, {
      ...protocol,
      callbackURLs: [`regexp=(${redirect_uris.join('|')})`],
      pkce: { mandatory: false },
    });
    await is.applications.changeScopes(application, resource, { added: ['bank:payees:read'], removed: [] });
    const found = await clients.inspect(clientId, registered, within);
    assert.deepEqual(
      found?.map(({ kind, member }) => [kind, member]),
      [
        ['member', 'ext_pkce_mandatory'],
        ['redirects', 'redirect_uris'],
        ['scopes', 'scope'],
      ],
    );
    await bound(registered);
    assert.deepEqual(await clients.inspect(clientId, registered, within), []);
    assert.equal(await clients.inspect('nobody', registered, within), undefined);
  });

  await t.test('what is removed is gone, and may be removed again', async () => {
    for (const _ of [1, 2]) {
      await portal.removeApplication(name, within);
      await clients.remove(name, within);
    }
    assert.equal(await apim.devportal.findApplication(name), null);
    assert.equal(await is.clients.findByName(name), null);
  });

  await t.test('an API that was deleted and created anew is subscribed to by its new id', async () => {
    await apim.publisher.deleteApi(firstApi);
    const newApi = await publish(apim, t);
    const { applicationId } = await portal.createApplication(name, within);
    await portal.subscribe(applicationId, within);
    const subscriptions = await apim.devportal.listSubscriptions(applicationId);
    assert.deepEqual(
      subscriptions.map(({ apiId }) => apiId),
      [newApi],
    );
    await portal.removeApplication(name, within);
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
