import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { generations } from '../products.ts';
import { apiManagerToml } from './api-manager.ts';
import { postgreSqlSource } from './databases.ts';
import { identityServerToml } from './identity-server.ts';
import { lintDeploymentToml } from './lint.ts';

const { apiManager, identityServer, accelerator } = generations['4.2'];
const database = (name: string) => postgreSqlSource({ host: 'database', port: 5432, database: name, username: 'wso2' });
const versions = { 'api-manager': apiManager.version, 'identity-server': identityServer.version };
const host = { portOffset: 0, administrator: 'admin' };
const rendered = {
  'api-manager': apiManagerToml({
    ...host,
    ...apiManager,
    hostname: 'api-manager',
    acceleratorKeyManager: 'OBKM',
    dataSources: { apim_db: database('apim'), shared_db: database('apim_shared') },
  }),
  'identity-server': identityServerToml({
    ...host,
    ...identityServer,
    hostname: 'identity-server',
    accelerator,
    dataSources: { identity_db: database('apim'), shared_db: database('identity_shared') },
    apiManagerUrl: 'https://api-manager:9443',
  }),
};

for (const server of ['api-manager', 'identity-server'] as const)
  test(`what is rendered for ${server} of 4.2 has no finding`, () => {
    assert.deepEqual(lintDeploymentToml(server, versions[server], rendered[server]), []);
  });

test('both servers name one database, and its password by reference', () => {
  const tables = [parse(rendered['api-manager']).database, parse(rendered['identity-server']).database] as TomlTable[];
  const [own, identity] = [tables[0]?.apim_db, tables[1]?.identity_db];
  assert.deepEqual({ ...(own as TomlTable) }, { ...(identity as TomlTable), validationQuery: 'SELECT 1' });
  assert.equal((own as TomlTable).password, '$env{WSO2_DATABASE_PASSWORD}');
  const { skip_db_schema_creation } = parse(rendered['identity-server']).identity_data_source as TomlTable;
  assert.equal(skip_db_schema_creation, true);
});

test('both servers of 4.2 have a key of the stack, and encrypt with the provider that the product ships', () => {
  for (const server of ['api-manager', 'identity-server'] as const)
    assert.deepEqual({ ...(parse(rendered[server]).encryption as TomlTable) }, { key: '$env{WSO2_ENCRYPTION_KEY}' });
});

test('4.2 gets no key that came later, and the accelerator gets the settings that dcr-service depends on', () => {
  const apiManagerTable = parse(rendered['api-manager']);
  assert.doesNotMatch(rendered['api-manager'], /gateway_type|\bprovider = |token_persistence|apim\.ws/);
  assert.doesNotMatch(rendered['identity-server'], /authorize_all_scopes|allowed_scopes|AgentIdentity/);
  assert.equal(JSON.stringify(apiManagerTable.open_banking), '{"keyManager":{"name":"OBKM"}}');
  const { dcr } = parse(rendered['identity-server']).open_banking as { dcr: TomlTable };
  assert.equal(dcr.use_softwareIdForAppName, true);
});
