import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { generations } from '../products.ts';
import { apiManagerToml } from './api-manager.ts';
import { type DataSources, postgreSqlSource } from './databases.ts';
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
  assert.deepEqual(lintDeploymentToml('api-manager', '4.7', toml, { throwAway: false }), []);
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
  assert.deepEqual(Object.keys(parsed.database as TomlTable), ['identity_db', 'shared_db']);
  assert.ok(!('open_banking' in parsed) && !('identity_data_source' in parsed));
  assert.deepEqual(lintDeploymentToml('identity-server', '4.7', toml, { throwAway: false }), []);
});

test('without a CA the connection is in the clear, and says no word of TLS', () => {
  const { url } = postgreSqlSource({ host: 'database', port: 5432, database: 'apim', username: 'wso2' });
  assert.equal(url, 'jdbc:postgresql://database:5432/apim');
  const { url: byAddress } = postgreSqlSource({ host: '2001:db8::1', port: 5432, database: 'a/b', username: 'wso2' });
  assert.equal(byAddress, 'jdbc:postgresql://[2001:db8::1]:5432/a%2Fb');
});

test('without data sources there is no table of them', () => {
  assert.ok(!('database' in parse(apiManagerWith({}))));
});
