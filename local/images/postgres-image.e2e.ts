import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { stringify } from 'smol-toml';
import { databaseTables, postgreSqlSource } from '../../programs/deployment-toml/databases.ts';
import { command } from '../cluster/command.ts';
import { clusterLayout } from '../cluster/layout.ts';
import { openTables } from '../emulator/database/open-tables.ts';
import { openServerHome } from '../emulator/server-home.ts';
import { samplePki } from '../pki/testing/sample-pki.ts';
import { missingImagePackages } from './packages.ts';
import { buildPostgresImage, jdbcDriverPath } from './postgres-image.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const missing = await missingImagePackages(true);
const skip =
  (process.getuid?.() !== 0 && 'images are built by root') ||
  (missing.length > 0 && `install ${missing.map(({ name }) => name).join(', ')}`);

/** The users of the image and of Identity Server, for whose databases the schema is made. */
const [postgres, wso2] = [999, 802];
const library = 'repository/components/lib';
const pgdata = '/var/lib/postgresql/data';

describe("PostgreSQL's image", { skip }, () => {
  let directory: string;
  let port: number;
  let container: string | undefined;
  let server: ChildProcess | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cdr-pg-image-'));
    port = await getPort();
    for (const folder of ['state', 'sockets', 'tls', 'home/repository/conf', `home/${library}`]) {
      await mkdir(join(directory, folder), { recursive: true });
      await chown(join(directory, folder), postgres, postgres);
    }
    const { parties, authorities } = await samplePki(join(directory, 'pki'));
    await writeFile(join(directory, 'tls/ca.pem'), authorities.platform.certificate);
    await writeFile(join(directory, 'tls/tls.crt'), parties.identityServer.certificate);
    await writeFile(join(directory, 'tls/tls.key'), parties.identityServer.key, { mode: 0o600 });
    await chown(join(directory, 'tls/tls.key'), postgres, postgres);

    const image = { reference: 'localhost/cdr-stack/postgres:test', archive: join(directory, 'image.tar') };
    const draft = join(directory, 'draft');
    const layout = clusterLayout(directory);
    for (const folder of [draft, layout.images]) await mkdir(folder);
    await buildPostgresImage(layout, { ...image, draft, root });
    container = (await command('buildah', ...store(), 'from', `docker-archive:${image.archive}`)).trim();
  });
  after(async () => {
    await stop();
    if (container) await command('buildah', ...store(), 'rmi', '--all', '--force');
    await rm(directory, { recursive: true });
  });

  test('the init step makes users and databases, and another password where it changed', async () => {
    await prepare('first');
    await prepare('second');
  });

  test("the schema Job makes the tables of the server's scripts, once", async () => {
    await start();
    const schemas = ['shared:um_tenant:postgresql.sql', 'identity:idn_base_table:identity/postgresql.sql'];
    assert.match(await makeSchema(...schemas), /identity has its schema now/);
    assert.match(await makeSchema(...schemas), /identity has its schema already/);
  });

  test('a server opens them over TLS, with the JDBC driver that the image has', async () => {
    await writeFile(join(directory, 'home/repository/conf/deployment.toml'), deploymentToml());
    assert.throws(openServer, /ClassNotFoundException/);
    await run(postgres, {}, 'cp', jdbcDriverPath, '/driver/');
    const { tables, close } = openServer();
    tables.state.put('client', '1', 'a client');
    close();
  });

  test('a fast shutdown, as before a pod is replaced, loses nothing', async () => {
    await stop();
    await prepare('second');
    await start();
    const { tables, close } = openServer();
    assert.equal(tables.state.get('client', '1'), 'a client');
    close();
  });

  const store = () => {
    const { images, run } = clusterLayout(directory);
    return ['--root', join(images, 'store'), '--runroot', join(run, 'buildah'), '--storage-driver', 'overlay'];
  };

  /** The arguments of buildah that run a program in a container of the image, as the stack's pods run it. */
  function inContainer(user: number, env: Record<string, string>, ...program: string[]): string[] {
    const mounts = {
      [join(root, 'programs/init')]: '/init:ro',
      [join(root, 'local/emulator/dbscripts')]: '/dbscripts:ro',
      [join(directory, 'state')]: '/var/lib/postgresql',
      [join(directory, 'sockets')]: '/run/postgresql',
      [join(directory, 'tls')]: '/tls:ro',
      [join(directory, 'home', library)]: '/driver',
    };
    return [
      ...[...store(), 'run', '--isolation', 'chroot', '--user', `${user}:${user}`],
      ...Object.entries(mounts).flatMap(([from, to]) => ['--volume', `${from}:${to}`]),
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...[container ?? '', '--', ...program],
    ];
  }

  const run = (...args: Parameters<typeof inContainer>) => command('buildah', ...inContainer(...args));

  async function prepare(password: string): Promise<void> {
    const env = { PGDATA: pgdata, SOCKETS: '/run/postgresql', CONNECTIONS: 'hostssl', PASSWORD_0: password };
    await run(postgres, env, 'sh', '/init/postgresql.sh', 'wso2:PASSWORD_0:identity,shared');
  }

  async function start(): Promise<void> {
    const settings = {
      ...{ listen_addresses: '127.0.0.1', port: `${port}`, unix_socket_directories: '/run/postgresql' },
      ...{ ssl: 'on', ssl_cert_file: '/tls/tls.crt', ssl_key_file: '/tls/tls.key' },
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    server = spawn('buildah', inContainer(postgres, {}, 'postgres', '-D', pgdata, ...options), { stdio: 'ignore' });
    const isReady = () =>
      run(postgres, {}, 'pg_isready', '--host=127.0.0.1', `--port=${port}`, '--timeout=3').then(
        () => true,
        () => false,
      );
    while (!(await isReady())) assert.equal(server.exitCode, null, 'PostgreSQL ended');
  }

  async function stop(): Promise<void> {
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server = undefined;
    await run(postgres, {}, 'pg_ctl', 'stop', '--mode=fast', `--pgdata=${pgdata}`);
    await ended;
  }

  function makeSchema(...schemas: string[]): Promise<string> {
    const where = { PGHOST: 'localhost', PGPORT: `${port}`, PGUSER: 'wso2', PGPASSWORD: 'second' };
    const tls = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/tls/ca.pem' };
    return run(wso2, { ...where, ...tls, SCRIPTS: '/dbscripts', PATIENCE: '5' }, 'sh', '/init/schema.sh', ...schemas);
  }

  const openServer = () =>
    openTables(openServerHome(join(directory, 'home'), { WSO2_DATABASE_PASSWORD: 'second' }), {
      state: ['identity_db', 'emulated_identity_server'],
      accounts: ['shared_db', 'emulated_identity_server_users'],
    });

  function deploymentToml(): string {
    const at = { host: 'localhost', port, username: 'wso2', authorityFile: join(directory, 'tls/ca.pem') };
    const [identity_db, shared_db] = ['identity', 'shared'].map((database) => postgreSqlSource({ ...at, database }));
    return stringify({
      database: databaseTables('identity-server', {
        ...(identity_db && { identity_db }),
        ...(shared_db && { shared_db }),
      }),
    });
  }
});
