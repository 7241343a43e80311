import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import getPort from 'get-port';
import pg from 'pg';
import { stringify } from 'smol-toml';
import { postgresIsNotOurs, startPostgres, type TestPostgres } from '../../../dcr-service/testing/postgres.ts';
import { openServerHome, type ServerHome } from '../server-home.ts';
import type { State } from '../state.ts';
import { openTables } from './open-tables.ts';

const skip = postgresIsNotOurs;
const scripts = new URL('../dbscripts/', import.meta.url);
const account = { username: 'dcr', password: 'of the tests, with a % and an @' };
let directory: string;
let postgres: TestPostgres | undefined;
let port: number;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'emulator-database-'));
  if (skip) return;
  port = await getPort();
  postgres = await startPostgres({ port });
});
after(async () => {
  await postgres?.close();
  rmSync(directory, { recursive: true });
});

/** A home that says no more than where its databases are. */
function homeWith(databases: Record<string, unknown>, options: { driver?: string } = {}): ServerHome {
  const home = mkdtempSync(join(directory, 'home-'));
  const library = join(home, 'repository', 'components', 'lib');
  for (const folder of [join(home, 'repository', 'conf'), library]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(home, 'repository', 'conf', 'deployment.toml'), stringify({ database: databases }));
  writeFileSync(join(library, 'postgresql-42.7.jar'), options.driver ?? 'PK org/postgresql/Driver.class');
  return openServerHome(home, {});
}

/** Makes a database, by the scripts that the servers' images bring, and answers its table for deployment.toml. */
async function freshDatabase(...run: string[]): Promise<Record<string, unknown>> {
  const url = (await postgres?.database()) ?? '';
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`ALTER ROLE dcr PASSWORD '${account.password}'`);
  for (const script of run) await client.query(readFileSync(new URL(script, scripts), 'utf8'));
  await client.end();
  return { type: 'postgre', url: `jdbc:postgresql://127.0.0.1:${port}${new URL(url).pathname}`, ...account };
}

const apim = { apim: ['apim_db', 'emulated_api_manager'] } as const;
const open = (home: ServerHome) => openTables(home, apim);

interface Opened {
  state: State;
  close(): void;
}

function contract(name: string, prepare: () => Promise<ServerHome>, options: { skip?: string | false } = {}): void {
  describe(name, options, () => {
    let home: ServerHome;
    let opened: Opened;
    const openAgain = (): Opened => {
      const { tables, close } = open(home);
      return { state: tables.apim, close };
    };
    before(async () => {
      home = await prepare();
      opened = openAgain();
    });
    after(() => opened?.close());

    test('what was put is there after the server was closed and opened again', () => {
      const value = { name: 'first', tags: ['a'], text: 'ä\u2028\ud83d\ude00\u0000', number: 1.5e21, nothing: null };
      opened.state.put('closed', '1', value);
      opened.close();
      opened = openAgain();
      assert.deepEqual(opened.state.get('closed', '1'), value);
    });

    test('a second put replaces the value and keeps its place in the list', () => {
      opened.state.put('place', 'b', { name: 'first' });
      opened.state.put('place', 'a', { name: 'second' });
      opened.state.put('place', 'b', { name: 'first, changed' });
      assert.deepEqual(opened.state.list('place'), [{ name: 'first, changed' }, { name: 'second' }]);
    });

    test('kinds do not see each other, and remove says whether there was anything', () => {
      opened.state.put('api', '1', 'an api');
      assert.equal(opened.state.get('application', '1'), undefined);
      assert.equal(opened.state.remove('application', '1'), false);
      assert.equal(opened.state.remove('api', '1'), true);
      assert.deepEqual(opened.state.list('api'), []);
    });

    test('two servers on one database read what the other has just written', async () => {
      const other = openAgain();
      try {
        opened.state.put('shared', '1', 'by the one');
        assert.equal(other.state.get('shared', '1'), 'by the one');
        other.state.put('shared', '1', 'by the other');
        other.state.put('shared', '2', 'by the other');
        assert.deepEqual(opened.state.list('shared'), ['by the other', 'by the other']);
        assert.equal(other.state.remove('shared', '1'), true);
        assert.equal(opened.state.get('shared', '1'), undefined);
      } finally {
        other.close();
      }
    });

    test('so do two processes', async () => {
      opened.state.put('process', 'parent', 1);
      assert.equal(await inAnotherProcess(home.path), '[1]\n');
      assert.equal(opened.state.get('process', 'child'), 2);
    });
  });
}

/** Prints what another process finds, which then writes; a server that has closed its tables ends by itself. */
async function inAnotherProcess(home: string): Promise<string> {
  const module = (file: string) => JSON.stringify(new URL(file, import.meta.url));
  const program = `
    import { openServerHome } from ${module('../server-home.ts')};
    import { openTables } from ${module('./open-tables.ts')};
    const { tables, close } = openTables(openServerHome(${JSON.stringify(home)}, {}), ${JSON.stringify(apim)});
    console.log(JSON.stringify(tables.apim.list('process')));
    tables.apim.put('process', 'child', 2);
    close();`;
  const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  return text(child.stdout);
}

contract('on a file, instead of H2', async () => homeWith({}));
contract('on PostgreSQL', async () => homeWith({ apim_db: await freshDatabase('apimgt/postgresql.sql') }), { skip });

test('servers that name one H2 file share it, and those that name another do not', () => {
  const shared = { url: `jdbc:h2:${join(directory, 'apimgt')};AUTO_SERVER=TRUE` };
  const own = { url: `jdbc:h2:${join(directory, 'identity')}` };
  const [apiManager, identityServer, alone] = [
    { apim_db: shared, identity_db: own },
    { apim_db: own, identity_db: shared },
    { apim_db: own, identity_db: own },
  ].map((databases) =>
    openTables(homeWith(databases), {
      apim: ['apim_db', 'emulated_identity_server'],
      identity: ['identity_db', 'emulated_identity_server'],
    }),
  );
  identityServer?.tables.identity.put('client', '1', 'a client');
  assert.equal(apiManager?.tables.apim.get('client', '1'), 'a client');
  assert.equal(alone?.tables.apim.get('client', '1'), undefined);
  for (const server of [apiManager, identityServer, alone]) server?.close();
});

test('PostgreSQL that was killed and is back serves the next call, without a restart of the server', {
  skip,
}, async () => {
  const { tables, close } = open(homeWith({ apim_db: await freshDatabase('apimgt/postgresql.sql') }));
  tables.apim.put('api', '1', 'before');
  await postgres?.kill();
  assert.throws(() => tables.apim.put('api', '2', 'meanwhile'), /\[database\.apim_db\] jdbc:postgresql:.* refused/);
  await postgres?.restart();
  tables.apim.put('api', '3', 'after');
  assert.deepEqual(tables.apim.list('api'), ['before', 'after']);
  close();
});

test("WSO2's scripts drop what is there, and so do these: a repeated one costs the data", { skip }, async () => {
  const table = await freshDatabase('postgresql.sql', 'apimgt/postgresql.sql', 'consent/postgresql.sql');
  const { tables, close } = open(homeWith({ apim_db: table }));
  tables.apim.put('api', '1', 'an api');
  const { username: user, password } = account;
  const database = new URL(String(table.url).replace('jdbc:', '')).pathname.slice(1);
  const client = new pg.Client({ host: '127.0.0.1', port, database, user, password });
  await client.connect();
  await client.query(readFileSync(new URL('apimgt/postgresql.sql', scripts), 'utf8'));
  await client.end();
  assert.deepEqual(tables.apim.list('api'), []);
  close();
});

describe('a server does not start', { skip }, () => {
  let table: Record<string, unknown>;
  before(async () => {
    table = await freshDatabase('identity/postgresql.sql');
  });
  const refused = (change: Record<string, unknown>, reason: RegExp, options: { driver?: string } = {}) =>
    assert.throws(
      () => open(homeWith({ apim_db: { ...table, ...change } }, options)),
      (error: Error) => {
        assert.match(error.message, /^\[database\.apim_db\] /);
        assert.match(error.message, reason);
        assert.ok(!error.message.includes(account.password));
        return true;
      },
    );

  test('without the JDBC driver, as in the stock images, or with something else in its place', () => {
    refused({}, /java\.lang\.ClassNotFoundException: org\.postgresql\.Driver .*components\/lib/, { driver: '' });
    refused({}, /ClassNotFoundException/, { driver: 'PK com/mysql/cj/jdbc/Driver.class' });
  });

  test('without the tables, which it does not make', () => {
    refused({}, /PSQLException: ERROR: relation "emulated_api_manager" does not exist.*dbscripts/);
  });

  test('with a wrong password, of a user that is not there, or for no user', () => {
    refused({ password: 'wrong' }, /FATAL: password authentication failed for user "dcr"/);
    refused({ username: 'nobody' }, /FATAL: password authentication failed for user "nobody"/);
    refused({ username: '' }, /has no username/);
  });

  test('without a database, or a PostgreSQL that answers', async () => {
    refused({ url: `jdbc:postgresql://127.0.0.1:${port}/other` }, /FATAL: database "other" does not exist/);
    const closed = await getPort();
    refused(
      { url: `jdbc:postgresql://127.0.0.1:${closed}/any` },
      new RegExp(`Connection to 127.0.0.1:${closed} refused`),
    );
  });

  test('where TLS is asked for and not to be had', () => {
    refused({ url: `${table.url}?sslmode=require` }, /does not support SSL/);
    refused({ url: `${table.url}?sslmode=verify-full` }, /needs sslrootcert/);
  });
});
