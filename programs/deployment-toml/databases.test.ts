import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { generations } from '../products.ts';
import { apiManagerToml } from './api-manager.ts';
import { type DataSources, databaseTables, postgreSqlSource } from './databases.ts';
import { identityServerToml } from './identity-server.ts';
import { lintDeploymentToml } from './lint.ts';

const { apiManager, identityServer } = generations['4.7'];
const host = { portOffset: 0, administrator: 'admin' };
const source = (database: string) =>
  postgreSqlSource({ host: 'db.example', port: 5433, database, username: 'wso2', authorityFile: '/home/ca.pem' });

const apiManagerWith = (dataSources: DataSources) =>
  apiManagerToml({ ...host, ...apiManager, hostname: 'api-manager', dataSources });

test('a database is rendered as the product spells it, encrypted, checked by name and without its password', () => {
  const toml = apiManagerWith({ apim_db: source('apim'), shared_db: source('apim_shared') });
  assert.ok(
    toml.includes(`[database.apim_db]
type = "postgre"
url = "jdbc:postgresql://db.example:5433/apim?sslmode=verify-full&amp;sslrootcert=/home/ca.pem"
username = "wso2"
password = "$env{WSO2_DATABASE_PASSWORD}"
driver = "org.postgresql.Driver"
validationQuery = "SELECT 1"

[database.shared_db]
type = "postgre"
url = "jdbc:postgresql://db.example:5433/apim_shared?sslmode=verify-full&amp;sslrootcert=/home/ca.pem"`),
    toml,
  );
  assert.deepEqual(lintDeploymentToml('api-manager', '4.7.0', toml, { throwAway: false }), []);
});

test('Identity Server gets its own two, and nothing of the accelerator with them', () => {
  const toml = identityServerToml({
    ...host,
    ...identityServer,
    hostname: 'identity-server',
    apiManagerUrl: 'https://api-manager:9443',
    dataSources: { identity_db: source('identity'), shared_db: source('identity_shared') },
  });
  const parsed = parse(toml);
  const { identity_db, shared_db, ...others } = parsed.database as Record<string, TomlTable>;
  assert.deepEqual([identity_db?.type, shared_db?.type, others], ['postgre', 'postgre', {}]);
  assert.ok(!('open_banking' in parsed) && !('identity_data_source' in parsed));
  assert.deepEqual(lintDeploymentToml('identity-server', '7.3.0', toml, { throwAway: false }), []);
});

test('without a CA the connection is in the clear, and says no word of TLS', () => {
  const { url } = postgreSqlSource({ host: 'database', port: 5432, database: 'apim', username: 'wso2' });
  assert.equal(url, 'jdbc:postgresql://database:5432/apim');
  const { url: byAddress } = postgreSqlSource({ host: '2001:db8::1', port: 5432, database: 'a/b', username: 'wso2' });
  assert.equal(byAddress, 'jdbc:postgresql://[2001:db8::1]:5432/a%2Fb');
});

test("without data sources each server gets the databases in its home, with WSO2's password", () => {
  const h2 = (name: string) => ({
    type: 'h2',
    url: `jdbc:h2:./repository/database/${name};DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=60000`,
    username: 'wso2carbon',
    password: 'wso2carbon',
    driver: 'org.h2.Driver',
  });
  const checked = { validationQuery: 'SELECT 1' };
  assert.deepEqual(databaseTables('api-manager'), {
    apim_db: { ...h2('WSO2AM_DB'), ...checked },
    shared_db: { ...h2('WSO2SHARED_DB'), ...checked },
  });
  assert.deepEqual(databaseTables('identity-server'), {
    identity_db: h2('WSO2IDENTITY_DB'),
    shared_db: h2('WSO2SHARED_DB'),
  });
});

test('what API Manager has indexed and its record of that are on its volume, whichever databases it has', () => {
  for (const dataSources of [{}, { apim_db: source('apim'), shared_db: source('apim_shared') }]) {
    const { database, indexing } = parse(apiManagerWith(dataSources)) as {
      database?: Record<string, TomlTable>;
      indexing?: TomlTable;
    };
    assert.match(String(database?.local?.url), /^jdbc:h2:\.\/repository\/database\/WSO2CARBON_DB;/);
    assert.equal(indexing?.location, '../../../../repository/database/solr');
  }
});

test("agents' database is configured from 7.3 on: in the same PostgreSQL database as the others, or embedded like them", () => {
  const agents = (version: string, dataSources: DataSources = {}) => {
    const configuration = { ...host, ...identityServer, hostname: 'identity-server', apiManagerUrl: 'https://am' };
    const { datasource } = parse(identityServerToml({ ...configuration, version, dataSources })) as {
      datasource?: { AgentIdentity: TomlTable };
    };
    return datasource?.AgentIdentity;
  };
  assert.deepEqual(agents('7.1.0'), undefined);
  assert.deepEqual(agents('7.2.0'), undefined);
  const { id, url } = agents('7.3.0') ?? {};
  assert.deepEqual(
    [id, String(url).split(';')[0]],
    ['AgentIdentity', 'jdbc:h2:./repository/database/WSO2AGENTIDENTITY_DB'],
  );
  const { url: elsewhere, password } = agents('7.3.0', { identity_db: source('identity') }) ?? {};
  assert.deepEqual([elsewhere, password], [source('identity').url, '$env{WSO2_DATABASE_PASSWORD}']);
});
