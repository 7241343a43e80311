import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { connectIdentityServer, connectorScopes, dataHolderScopes, type IdentityServer } from '@cdr-stack/wso2';
import { decodeJwt } from 'jose';
import { renderChanges } from '../../scripts/engine/render.ts';
import type { ProvisionOptions } from '../../scripts/provisioning.ts';
import { parseSettings } from '../../scripts/settings.ts';
import { apiManagerByHand, provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { accountsApi } from './testing/accounts-api.ts';

const registration = { name: 'CDRDynamicClientRegistrationAPI' };
const accounts = accountsApi();
const alone = parseSettings({ apis: [registration] }, 'the test');
const withAccounts = parseSettings({ apis: [registration, accounts] }, 'the test');
const withoutAccounts = parseSettings({ apis: [registration, { ...accounts, state: 'absent' }] }, 'the test');
const only = ['data-holder-scopes', 'outdated-scopes'];

let environment: FlowEnvironment;
let options: ProvisionOptions;
let identityServer: IdentityServer;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  options = await provisioningOf(environment);
  const { outputs } = environment;
  const access = { url: outputs.identityServer.url, ca: outputs.trust.servers };
  assert.ok(options.credentials.connector);
  identityServer = connectIdentityServer(access, options.credentials.connector);
  await environment.provision();
});
after(() => environment?.stop());
beforeEach(() => identityServer.forget());

const found = async () => {
  const resource = await identityServer.apiResources.find(dataHolderScopes);
  assert.ok(resource);
  return { ...resource, scopes: resource.scopes.toSorted() };
};

const byConnector = {
  identifier: connectorScopes,
  name: 'User-defined OAuth2 Resource',
  description: 'This is Default OAuth2 Resource Representation',
  requiresAuthorization: true,
};

/** As a person does in the Publisher: nothing changes, and API Manager updates the key manager all the same. */
async function updateApi(): Promise<void> {
  const { publisher } = apiManagerByHand(options);
  const listed = await publisher.findApi(registration.name, '0.2');
  const api = await publisher.getApi(listed?.id ?? '');
  await publisher.updateApi(api.id, api);
}

test('what API Manager does to its scopes with every update of an API does not reach those of clients', async () => {
  const recipient = environment.recipient();
  const { data } = await recipient.register(await recipient.registrationRequest());
  const granted = async () => decodeJwt(await recipient.accessToken(data.client_id)).scope;
  const deletions = () =>
    environment
      .requests('identity-server')
      .filter(({ method, path }) => method === 'DELETE' && path.includes('/scopes/'))
      .map(({ status }) => status);
  assert.equal(await granted(), 'cdr:registration');
  const before = await found();
  assert.deepEqual([before.requiresAuthorization, before.scopes], [false, ['cdr:registration']]);
  // As it is where another API has a scope: only then is there a resource by which the connector deletes.
  await identityServer.apiResources.create({ ...byConnector, scopes: ['of:another-api'] });
  await updateApi();
  assert.deepEqual([deletions().at(-1), await granted()], [403, 'cdr:registration']);

  const { scim } = identityServer;
  const { username } = options.credentials.serviceUsers?.connector ?? { username: '' };
  const role = await scim.findRole('/scim2/v2/Roles', username);
  assert.ok(role);
  const users = (role.users ?? []).map(({ value }) => value);
  const permissions = [...(role.permissions ?? []), 'internal_api_resource_delete'];
  await scim.changeRole('/scim2/v2/Roles', role.id, { permissions, users });
  await updateApi();
  const after = [deletions().at(-1), await granted()];
  assert.deepEqual(after, [204, undefined], 'with these permissions the client would be left without its scope');
  await environment.provision({ only: ['identity-server-users'] });
});

test('scopes of an API that is declared later are added, and gone with it, and the plan says what that ends', async () => {
  const added = await environment.provision({ settings: withAccounts, only });
  assert.match(renderChanges(added.changes), /bank:accounts\.basic:read/);
  const { id, scopes } = await found();
  assert.ok(scopes.includes('bank:accounts.basic:read') && scopes.includes('cdr:registration'), scopes.join());
  await identityServer.apiResources.change(id, { addedScopes: ['of:another-tool'] });
  const again = await environment.provision({ settings: withAccounts, only });
  assert.deepEqual([again.changes, again.writes], [[], 0]);

  const plan = await environment.provision({ settings: withoutAccounts, only, mode: 'plan' });
  assert.match(
    plan.changes[0]?.remark ?? '',
    /every token and refresh token that carries bank:accounts\.basic:read.* ends/,
  );
  await environment.provision({ settings: withoutAccounts, only });
  assert.deepEqual((await found()).scopes, ['cdr:registration', 'of:another-tool']);
  assert.equal((await environment.provision({ settings: alone, only })).writes, 0);
  await identityServer.apiResources.removeScope(id, 'of:another-tool');
});

test('scopes that the connector keeps, as it did before, move to the resource of clients', async () => {
  await identityServer.apiResources.remove((await found()).id);
  const kept = await identityServer.apiResources.find(connectorScopes);
  await identityServer.apiResources.change(kept?.id ?? '', { addedScopes: ['cdr:registration'] });
  const plan = await environment.provision({ only, mode: 'plan' });
  assert.match(plan.changes[0]?.remark ?? '', /cdr:registration leave User-defined-oauth2-resource/);
  await environment.provision({ only });
  assert.deepEqual((await found()).scopes, ['cdr:registration']);
  assert.deepEqual((await identityServer.apiResources.find(connectorScopes))?.scopes, ['of:another-api']);
  assert.equal((await environment.provision({ only })).writes, 0);
});

test("another environment's resource is changed with consent alone", async () => {
  const { id } = await found();
  await identityServer.apiResources.change(id, { description: 'made by hand' });
  await assert.rejects(environment.provision({ only }), /exists and is not owned by any environment/);
  await environment.provision({ only, adopt: true });
  assert.equal((await environment.provision({ only })).writes, 0);
});
