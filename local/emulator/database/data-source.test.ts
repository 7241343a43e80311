import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openServerHome } from '../server-home.ts';
import { dataSourceOf } from './data-source.ts';

let home: string;
before(() => {
  home = mkdtempSync(join(tmpdir(), 'data-source-'));
  mkdirSync(join(home, 'repository', 'conf'), { recursive: true });
});
after(() => rmSync(home, { recursive: true }));

/** What the lines of `[database.shared_db]` come to. */
function sharedDb(lines: string) {
  writeFileSync(join(home, 'repository', 'conf', 'deployment.toml'), `[database.shared_db]\n${lines}`);
  return dataSourceOf(openServerHome(home, { DB_PASSWORD: 'secret' }), 'shared_db');
}

const postgres = (lines: string) => {
  const source = sharedDb(lines);
  assert.ok(source.kind === 'postgresql');
  return source;
};
const url = 'url = "jdbc:postgresql://db.example/shared';

test('of a database that no table names there is a default for that of the APIs alone: without the others no start', () => {
  writeFileSync(join(home, 'repository', 'conf', 'deployment.toml'), '');
  const untold = openServerHome(home, {});
  const apimDb = { kind: 'h2', file: join(home, 'repository/database/WSO2AM_DB.sqlite') };
  assert.deepEqual(dataSourceOf(untold, 'apim_db'), apimDb);
  for (const name of ['shared_db', 'identity_db'] as const)
    assert.throws(() => dataSourceOf(untold, name), {
      message: `Configuration with key database.${name}.username doesn't exist.`,
    });
  assert.throws(() => sharedDb('type = "h2"\nusername = "wso2carbon"'), /returned null for URL:$/);
});

test("an H2 URL is taken from the server's home", () => {
  const relative = sharedDb('type = "h2"\nurl = "jdbc:h2:./data/X;DB_CLOSE_ON_EXIT=FALSE"');
  assert.deepEqual(relative, { kind: 'h2', file: join(home, 'data/X.sqlite') });
  assert.deepEqual(sharedDb('url = "jdbc:h2:/data/X"'), { kind: 'h2', file: '/data/X.sqlite' });
});

test('a URL of PostgreSQL names host, port and database; user and password are beside it', () => {
  const { connection } = postgres(`type = "postgre"\n${url}"\nusername = "wso2"\npassword = "$env{DB_PASSWORD}"`);
  const where = { host: 'db.example', port: 5432, database: 'shared' };
  assert.deepEqual(connection, { ...where, user: 'wso2', password: 'secret', ssl: false });
});

test('or they are parts, from which the product makes the URL', () => {
  const parts = 'type = "postgre"\nhostname = "db.example"\nport = 6432\nname = "shared"\nusername = "wso2"';
  const { host, port, database } = postgres(parts).connection;
  assert.deepEqual([host, port, database], ['db.example', 6432, 'shared']);
});

test('sslmode means what it means to the JDBC driver', () => {
  const ca = join(home, 'ca.pem');
  writeFileSync(ca, 'a certificate');
  const ssl = (parameters: string) =>
    postgres(`type = "postgre"\n${url}?${parameters}"\nusername = "w"`).connection.ssl;
  assert.equal(ssl('sslmode=prefer'), false);
  assert.deepEqual(ssl('sslmode=require'), { rejectUnauthorized: false });
  const verified = { rejectUnauthorized: true, ca: 'a certificate', servername: 'db.example' };
  assert.deepEqual(ssl(`sslmode=verify-full&amp;sslrootcert=${ca}`), verified);
  assert.throws(
    () => ssl('sslmode=verify-full&amp;sslrootcert=/nowhere.pem'),
    /SSL root certificate file \/nowhere\.pem/,
  );
  assert.throws(() => ssl('sslmode=require&ssl=true'), /url has a bare ampersand/);
  assert.throws(() => ssl('sslmode=verify-ca'), /no sslmode=verify-ca/);
});

test('what is neither H2 nor PostgreSQL, or does not fit together, is refused by the table that says it', () => {
  assert.throws(() => sharedDb('type = "postgres"'), /^Error: \[database\.shared_db\] type = "postgres": .*"postgre"/);
  assert.throws(() => sharedDb('type = "mysql"\ndriver = "com.mysql.cj.jdbc.Driver"'), /driver = "com\.mysql/);
  assert.throws(() => sharedDb(`${url}"`), /Driver:org\.h2\.Driver returned null/);
  assert.throws(
    () => sharedDb(`type = "h2"\n${url}?password=x"`),
    /Driver:org\.h2\.Driver returned null for URL:jdbc:postgresql:\/\/db\.example\/shared$/,
  );
  assert.throws(
    () => sharedDb('type = "postgre"\nurl = "jdbc:postgresql:shared"\nusername = "w"'),
    /is not jdbc:postgresql:\/\/<host>/,
  );
});
