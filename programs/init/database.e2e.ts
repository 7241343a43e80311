import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { $ } from 'zx';
import { generations } from '../products.ts';

// What the pod of a deployed PostgreSQL and the Jobs with schemas run, with PostgreSQL's own programs.
const path = [...globSync('/usr/lib/postgresql/*/bin'), process.env.PATH].join(':');
const skip = ['initdb', 'pg_ctl', 'psql'].every((program) => isThere(program))
  ? false
  : "no initdb, pg_ctl and psql here: install PostgreSQL (Debian's postgresql) to run this";

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const dbscripts = fileURLToPath(new URL('../../local/emulator/dbscripts', import.meta.url));
/** PostgreSQL refuses to run as root. */
const nobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
const passwords = { PASSWORD_0: "the servers' p:w$", PASSWORD_1: 'password of dcr-service' };
const apim = 'apim:am_system_configs:apimgt/postgresql.sql,accelerator-columns.sql';

let directory: string;
let port: number;
let server: ChildProcess | undefined;

before(async () => {
  if (skip) return;
  port = await getPort();
  directory = await mkdtemp(join(tmpdir(), 'cdr-database-'));
  await chmod(directory, 0o755);
  for (const folder of ['volume', 'sockets']) {
    await mkdir(join(directory, folder));
    if (nobody.length > 0) await chown(join(directory, folder), 65_534, 65_534);
  }
  await prepare();
  await start();
});
after(async () => {
  await stop();
  if (directory) await rm(directory, { recursive: true });
});

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { env: { PATH: path }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const quietly = { quiet: true, nothrow: true } as const;

async function prepare(environment: Record<string, string> = passwords) {
  const env = {
    PATH: path,
    PGDATA: join(directory, 'volume', 'data'),
    SOCKETS: join(directory, 'sockets'),
    CONNECTIONS: 'host',
    ...environment,
  };
  const accounts = ['wso2:PASSWORD_0:apim,shared,broken,foreign', 'dcr:PASSWORD_1:dcr'];
  // A place that the user of the process can read: a checkout may be closed to others.
  const copy = join(directory, 'postgresql.sh');
  await writeFile(copy, await readText('postgresql.sh'));
  const result = await $({ ...quietly, env })`${nobody} sh ${copy} ${accounts}`;
  assert.equal(result.exitCode, 0, result.stderr);
  return result;
}

async function readText(name: string): Promise<string> {
  return (await $(quietly)`cat ${script(name)}`).stdout;
}

async function start(): Promise<void> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: join(directory, 'sockets'),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [program = 'postgres', ...args] = [...nobody, 'postgres', '-D', join(directory, 'volume', 'data'), ...options];
  server = spawn(program, args, { env: { PATH: path }, stdio: 'ignore' });
  while ((await $({ ...quietly, env: { PATH: path } })`pg_isready --host=127.0.0.1 --port=${port}`).exitCode !== 0)
    await pause(50);
}

async function stop(): Promise<void> {
  if (!server) return;
  const ended = once(server, 'exit');
  server.kill('SIGINT');
  await ended;
  server = undefined;
}

function schema(schemas: string[], scripts = dbscripts) {
  const env = {
    PATH: path,
    PGHOST: '127.0.0.1',
    PGPORT: `${port}`,
    PGUSER: 'wso2',
    PGPASSWORD: passwords.PASSWORD_0,
    PGSSLMODE: 'disable',
    SCRIPTS: scripts,
    PATIENCE: '10',
  };
  return $({ ...quietly, env })`sh ${script('schema.sh')} ${schemas}`;
}

async function query(database: string, sql: string, user = 'wso2', password = passwords.PASSWORD_0) {
  const env = { PATH: path, PGPASSWORD: password };
  const connection = ['--host=127.0.0.1', `--port=${port}`, `--username=${user}`, `--dbname=${database}`];
  return $({ ...quietly, env })`psql -XAt --no-password ${connection} --command=${sql}`;
}

async function tables(database: string): Promise<string[]> {
  const { stdout } = await query(
    database,
    'SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1',
  );
  return stdout.split('\n').filter(Boolean);
}

test('each user gets into its own databases with its password, and into no other', { skip }, async () => {
  assert.equal((await query('apim', 'SELECT 1')).stdout, '1\n');
  assert.equal((await query('dcr', 'SELECT 1', 'dcr', passwords.PASSWORD_1)).stdout, '1\n');
  assert.match((await query('dcr', 'SELECT 1')).stderr, /permission denied for database "dcr"/);
  assert.match((await query('apim', 'SELECT 1', 'wso2', 'wrong')).stderr, /password authentication failed/);
  assert.match((await query('apim', 'SELECT 1', 'postgres', '')).stderr, /no password supplied|authentication failed/);
});

test('a restart with another password changes it, keeps what is there, and shows it to nobody', { skip }, async () => {
  await query('dcr', 'CREATE TABLE kept (id int)', 'dcr', passwords.PASSWORD_1);
  await stop();
  const { stdall } = await prepare({ ...passwords, PASSWORD_1: 'a new one' });
  assert.doesNotMatch(stdall, /a new one|p:w/);
  await start();
  assert.match((await query('dcr', 'SELECT 1', 'dcr', passwords.PASSWORD_1)).stderr, /authentication failed/);
  assert.equal((await query('dcr', 'SELECT count(*) FROM kept', 'dcr', 'a new one')).stdout, '0\n');
});

test('an initialisation that was cut short is begun anew', { skip }, async () => {
  await stop();
  await rm(join(directory, 'volume', 'data'), { recursive: true });
  await mkdir(join(directory, 'volume', 'data.unfinished', 'base'), { recursive: true });
  if (nobody.length > 0) await $`chown -R 65534:65534 ${join(directory, 'volume')}`;
  await prepare();
  await start();
  assert.equal((await query('shared', 'SELECT 1')).stdout, '1\n');
});

test('schemas are made once, of scripts that hold transactions of their own; again nothing is touched', {
  skip,
}, async () => {
  const schemas = [apim, 'shared:um_tenant:postgresql.sql'];
  const first = await schema(schemas);
  assert.equal(first.stdout, 'schema: apim has its schema now.\nschema: shared has its schema now.\n', first.stderr);
  assert.ok((await tables('apim')).includes('am_system_configs'));
  await query('apim', "INSERT INTO am_subscriber (user_id) VALUES ('kept')");
  const second = await schema(schemas);
  assert.equal(second.stdout, 'schema: apim has its schema already.\nschema: shared has its schema already.\n');
  // WSO2's scripts drop their tables: run a second time they would have.
  assert.equal((await query('apim', 'SELECT user_id FROM am_subscriber')).stdout, 'kept\n');
});

test('a run that was killed half-way leaves nothing, and the next makes all of it; of two at once one waits', {
  skip,
}, async () => {
  const scripts = join(directory, 'slow');
  await mkdir(scripts);
  const slow = (seconds: number) =>
    writeFile(
      join(scripts, 'slow.sql'),
      `BEGIN TRANSACTION;\nCREATE TABLE first (id int);\nSELECT pg_sleep(${seconds});\nCREATE TABLE last (id int);\ncommit;\n`,
    );
  await slow(60);
  const doomed = schema(['broken:last:slow.sql'], scripts);
  const sleeping = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'";
  while ((await query('apim', sleeping)).stdout === '') await pause(50);
  await query('apim', `SELECT pg_terminate_backend(pid) FROM (${sleeping}) AS run`);
  assert.notEqual((await doomed).exitCode, 0);
  assert.deepEqual(await tables('broken'), []);

  await slow(1);
  const both = await Promise.all([
    schema(['broken:last:slow.sql'], scripts),
    schema(['broken:last:slow.sql'], scripts),
  ]);
  assert.deepEqual(
    both.map(({ exitCode }) => exitCode),
    [0, 0],
  );
  const said = both.map(({ stdout }) => /now|already/.exec(stdout)?.[0]);
  assert.deepEqual(said.sort(), ['already', 'now']);
  assert.deepEqual(await tables('broken'), ['first', 'last']);
});

test('a database with tables of others is left alone, and says so', { skip }, async () => {
  await query('foreign', 'CREATE TABLE idn_oauth2_access_token (id int)');
  const { exitCode, stderr } = await schema(['foreign:am_system_configs:apimgt/postgresql.sql']);
  assert.notEqual(exitCode, 0);
  assert.match(stderr, /database foreign has tables, but no am_system_configs: it is neither empty nor this server's/);
  assert.deepEqual(await tables('foreign'), ['idn_oauth2_access_token']);
});

test('a script that the image does not have, and a PostgreSQL that does not answer, are named', { skip }, async () => {
  assert.match((await schema(['apim:x:apimgt/oracle.sql'])).stderr, /image has no dbscripts\/apimgt\/oracle\.sql/);
  const env = { PATH: path, PGHOST: '127.0.0.1', PGPORT: '1', SCRIPTS: dbscripts, PATIENCE: '1' };
  const away = await $({ ...quietly, env })`sh ${script('schema.sh')} ${apim}`;
  assert.match(away.stderr, /schema: no PostgreSQL answers at 127\.0\.0\.1:1/);
});

test("every script that a generation's servers are to run is one of the emulator's images, too", () => {
  for (const { apiManager, identityServer } of Object.values(generations))
    for (const { scripts } of [...apiManager.databases, ...identityServer.databases])
      for (const name of scripts) assert.deepEqual(globSync(join(dbscripts, name)), [join(dbscripts, name)]);
});
