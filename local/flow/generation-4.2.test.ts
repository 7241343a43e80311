import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseSettings } from '../../scripts/settings.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { assertOneForEachId, requestOf, unusualIds } from './testing/software-ids.ts';

const generation = '4.2' as const;
let environment: FlowEnvironment;

before(async () => {
  environment = await startEnvironment(await prepareTemplate(generation), { generation });
});
after(async () => {
  await environment?.stop();
});

test("the vendor guide's generation is provisioned with the guide's key manager", async () => {
  await environment.provision();
  const calls = environment.requests('identity-server').map(({ method, path }) => `${method} ${path}`);
  for (const call of ['POST /api/identity/oauth2/v1.0/scopes', 'POST /keymanager-operations/dcr/register']) {
    assert.ok(calls.includes(call), `the connector does not call ${call}`);
  }
});

test("a registration is made at the accelerator's endpoint, and can be used, replaced and removed", async () => {
  const recipient = environment.recipient();
  const created = await recipient.register(await recipient.registrationRequest());
  assert.equal(created.status, 201, `${JSON.stringify(created.data)} ${environment.dcrLog()}`);
  const clientId = created.data.client_id;
  const token = await recipient.accessToken(clientId);
  assert.equal((await recipient.read(clientId, token)).status, 200);
  assert.equal((await recipient.replace(clientId, token, await recipient.registrationRequest())).status, 200);
  assert.equal((await recipient.remove(clientId, token)).status, 204);
  await assert.rejects(recipient.accessToken(clientId), /refused a token/);
});

test('a GUID is one software product in any case, and is registered as it is written', () =>
  assertOneForEachId(environment));

test('an id that the accelerator would name a client by, and we would not, is refused before anything is made', async () => {
  const recipient = environment.recipient();
  const written = environment.writes().length;
  for (const id of unusualIds) {
    const { status, data } = await recipient.register(await requestOf(id, environment));
    assert.deepEqual([status, data.error], [400, 'invalid_software_statement'], JSON.stringify(data));
    assert.match(data.error_description, /'software_id' claim cannot be the name of a client here/);
  }
  assert.equal(environment.writes().length, written);
});

test('a replacement under another spelling of the id is refused: the accelerator would rename the client', async () => {
  const recipient = environment.recipient();
  const created = await recipient.register(await requestOf('fb7e94e4-8b6a-4a5f-9d3c-1f0e5d2c7b6a', environment));
  assert.equal(created.status, 201, JSON.stringify(created.data));
  const token = await recipient.accessToken(created.data.client_id);
  const other = await requestOf('FB7E94E4-8B6A-4A5F-9D3C-1F0E5D2C7B6A', environment);
  const { status, data } = await recipient.replace(created.data.client_id, token, other);
  assert.deepEqual([status, data.error], [400, 'invalid_software_statement'], JSON.stringify(data));
  assert.equal((await recipient.remove(created.data.client_id, token)).status, 204);
});

test('a second provisioning writes nothing', async () => {
  const written = environment.writes().length;
  const { changes } = await environment.provision();
  assert.deepEqual(changes, []);
  assert.equal(environment.writes().length, written);
});

const definitions = process.env.WSO2_OPENAPI_DIR;
test("every call and answer is as WSO2's definitions of 4.2.0 have it", {
  skip: definitions ? false : 'WSO2_OPENAPI_DIR does not name the definitions',
}, () => {
  assert.deepEqual(environment.violations(), []);
});

test('an accelerator that names clients by something else than the id is told apart, and keeps no client', async () => {
  const toml = join(environment.state.identityServerHome, 'repository', 'conf', 'deployment.toml');
  const asDeclared = await readFile(toml, 'utf8');
  const otherwise = asDeclared.replace('use_softwareIdForAppName = true', 'use_softwareIdForAppName = false');
  assert.notEqual(otherwise, asDeclared);
  await withServer('identity-server', () => writeFile(toml, otherwise));
  await assertRefused(/named the client '[^']+' and not by its software_id .* use_softwareIdForAppName = true/);
  const own = environment
    .requests('identity-server')
    .filter(({ path }) => path.includes('dynamic-client-registration'));
  assert.equal(own.at(-1)?.method, 'DELETE');
  await withServer('identity-server', () => writeFile(toml, asDeclared));
});

test('without a shared identity database keys cannot be mapped, and the log names both tables', async () => {
  const toml = join(environment.state.identityServerHome, 'repository', 'conf', 'deployment.toml');
  const shared = await readFile(toml, 'utf8');
  await withServer('identity-server', () => writeFile(toml, shared.replace(/apimgt;/, 'identity;')));
  await assertRefused(/\[database\.identity_db\] of Identity Server must name the database of \[database\.apim_db\]/);
  await withServer('identity-server', () => writeFile(toml, shared));
});

test('a stock Identity Server 6.1 takes no registration, and the log says which image is needed', async () => {
  const jar = acceleratorIn(environment.state.identityServerHome);
  await withServer('identity-server', () => rename(jar, `${jar}.away`));
  await assertRefused(/no registration endpoint of the Open Banking accelerator: deploy an image derived/);
});

test('a stock API Manager 4.2 does not have the type, which is reported before anything is written', async () => {
  const jar = acceleratorIn(environment.state.apiManagerHome);
  await withServer('api-manager', () => rename(jar, `${jar}.away`));
  const settings = parseSettings({ keyManager: { type: 'ObKeyManager' } }, 'the test');
  const written = environment.writes().length;
  await assert.rejects(environment.provision({ settings }), /type ObKeyManager.*; it offers: WSO2-IS, /);
  assert.equal(environment.writes().length, written);
});

const acceleratorIn = (home: string): string => {
  const jar = join(home, 'repository/components/dropins/com.wso2.openbanking.accelerator.stand-in.jar');
  assert.ok(existsSync(jar));
  assert.match(readFileSync(join(home, 'bin', 'version.txt'), 'utf8'), /v(4\.2\.0|6\.1\.0)/);
  return jar;
};

async function withServer(server: 'api-manager' | 'identity-server', change: () => Promise<void>): Promise<void> {
  await environment.end(server);
  await change();
  await environment.start(server);
}

async function assertRefused(reason: RegExp): Promise<void> {
  const recipient = environment.recipient();
  const { status } = await recipient.register(await recipient.registrationRequest());
  assert.ok(status >= 500, `${status}`);
  assert.match(environment.dcrLog(), reason);
}
