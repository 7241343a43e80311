import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { containersOf, variablesOf } from '../../testing/kubernetes-object.ts';
import { objectOf } from '../../testing/recorded-stack.ts';
import { deployedDatabase } from '../../testing/sample-settings.ts';
import { podTemplates, sampleStack } from '../../testing/sample-stack.ts';

const { stack } = await sampleStack({ ...deployedDatabase, generation: '4.2' });
const tomlOf = (part: string) => objectOf(stack, 'ConfigMap', `${part}-configuration`).data['deployment.toml'] ?? '';
const podOf = (part: string) => podTemplates(stack)[part] ?? assert.fail(`no pod of ${part}`);
const schemasOf = (part: string) =>
  objectOf(stack, 'Job', `${part}-schema`).spec.template.spec.containers[0]?.command.slice(2);

/** The database that a table of deployment.toml names. */
function databaseOf(part: string, table: string): string | undefined {
  const { url } = (parse(tomlOf(part)).database as Record<string, TomlTable>)[table] ?? {};
  return String(url).split('?')[0];
}

test('both servers name one database, whose schema API Manager brings, with room for the accelerator', () => {
  for (const url of [databaseOf('api-manager', 'apim_db'), databaseOf('identity-server', 'identity_db')])
    assert.equal(url, 'jdbc:postgresql://database:5432/apim');
  assert.deepEqual(schemasOf('api-manager'), [
    'apim:am_system_configs:apimgt/postgresql.sql,accelerator-columns.sql',
    'apim_shared:um_tenant:postgresql.sql',
  ]);
  assert.deepEqual(schemasOf('identity-server'), ['identity_shared:um_tenant:postgresql.sql']);
  assert.ok('accelerator-columns.sql' in objectOf(stack, 'ConfigMap', 'api-manager-schema-init').data);
  const [prepare] = containersOf(podOf('database'));
  assert.equal(prepare?.command[2], 'wso2:PASSWORD_0:apim,apim_shared,identity_shared');
});

test('each server has an encryption key of 32 characters, and both servers are configured for the accelerator', () => {
  const keys = ['api-manager', 'identity-server'].map(
    (part) => objectOf(stack, 'Secret', `${part}-credentials`).stringData.WSO2_ENCRYPTION_KEY ?? '',
  );
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
  assert.notEqual(keys[0], keys[1]);
  assert.match(tomlOf('api-manager'), /\[open_banking\.keyManager\]\nname = "OBKM"/);
  assert.match(tomlOf('identity-server'), /use_softwareIdForAppName = true/);
});

test("dcr-service registers at the accelerator's endpoint", () => {
  const [container] = podOf('dcr-service').spec.containers;
  assert.equal(container && variablesOf(container).DCR_CLIENT_REGISTRATION, 'accelerator');
  assert.equal(stack.outputs.generation, '4.2');
});

test('both servers run as the user of their images, from the homes of their versions', () => {
  const homes = { 'api-manager': 'wso2am-4.2.0', 'identity-server': 'wso2is-6.1.0' };
  for (const [part, home] of Object.entries(homes)) {
    const { spec } = podOf(part);
    assert.equal(spec.securityContext.runAsUser, 802);
    const [server] = spec.containers;
    assert.equal(server && variablesOf(server).WSO2_SERVER_HOME, `/home/wso2carbon/${home}`);
  }
});
