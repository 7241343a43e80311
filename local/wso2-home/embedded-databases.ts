import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse, type TomlTable } from 'smol-toml';
import { generations, type ProductDatabase } from '../../programs/products.ts';
import { type ProductHome, productKey } from './product-home.ts';

/** A database in a file of H2's, as deployment.toml names it. */
interface EmbeddedDatabase {
  /** Its file without `.mv.db`. */
  file: string;
  username: string;
  password: string;
  /** What makes its tables, beneath `dbscripts/` of the home; none where another server's does. */
  scripts: readonly string[];
}

/** Databases that deployment.toml need not name: with the names and the password that the product's own defaults have. */
const byDefault: Record<ProductHome['product'], Record<string, string>> = {
  'API Manager': { local: 'WSO2CARBON_DB', 'mb.store_db': 'WSO2MB_DB' },
  'Identity Server': { local: 'WSO2CARBON_DB' },
};

/**
 * Makes the embedded databases of a copied home that are not there yet, by the home's own scripts and its own H2.
 *
 * @param copy the home that the server runs from, with its deployment.toml.
 * @param variables the server's environment, from which deployment.toml takes passwords.
 * @throws {Error} with what H2 said when a script fails; the database is not there then.
 */
export async function createEmbeddedDatabases(
  home: ProductHome,
  copy: string,
  variables: Record<string, string>,
): Promise<void> {
  const toml = parse(await readFile(join(copy, 'repository', 'conf', 'deployment.toml'), 'utf8'));
  const missing = embeddedDatabases(home, copy, toml, variables).filter(({ file }) => !existsSync(`${file}.mv.db`));
  if (missing.length === 0) return;
  const [jar] = globSync(join(copy, 'repository', 'components', 'plugins', 'h2*_*.jar'));
  if (jar === undefined) throw new Error(`${home.path} has no H2 in repository/components/plugins: unpack it again.`);
  await Promise.all(
    missing.map((database) => create(database, join(copy, 'dbscripts'), [join(home.java.home, 'bin', 'java'), jar])),
  );
}

function embeddedDatabases(
  home: ProductHome,
  copy: string,
  toml: TomlTable,
  variables: Record<string, string>,
): EmbeddedDatabase[] {
  const products: readonly ProductDatabase[] = generations[home.generation][productKey(home.product)].databases;
  const scriptsOf = (table: string): readonly string[] => {
    if (table === 'local') return ['h2.sql'];
    if (table === 'mb.store_db') return ['mb-store/h2-mb.sql'];
    const scripts = products.find((database) => database.table === table)?.scripts ?? [];
    return scripts.map((script) => script.replace(/postgresql\.sql$/, 'h2.sql'));
  };
  const named = tablesWithUrl(toml.database).flatMap(({ table, url, username, password }) => {
    const path = /^jdbc:h2:(?:async:|file:)*([^;]+)/.exec(url)?.[1];
    if (path === undefined) return [];
    return [{ table, file: resolve(copy, path), username, password: resolved(password, variables) }];
  });
  const others = Object.entries(byDefault[home.product])
    .filter(([table]) => !named.some((one) => one.table === table))
    .map(([table, name]) => {
      return { table, file: join(copy, 'repository', 'database', name), username: shipped, password: shipped };
    });
  return [...named, ...others].flatMap(({ table, ...database }) => {
    const scripts = scriptsOf(table);
    return scripts.length > 0 ? [{ ...database, scripts }] : [];
  });
}

/** Name and password of the databases in WSO2's distributions. */
const shipped = 'wso2carbon';

interface DatabaseTable {
  table: string;
  url: string;
  username: string;
  password: string;
}

/** The tables `[database.*]` and `[database.*.*]` that name a database. */
function tablesWithUrl(node: unknown, path: string[] = []): DatabaseTable[] {
  if (typeof node !== 'object' || node === null) return [];
  const { url, username = shipped, password = shipped } = node as Partial<DatabaseTable>;
  if (typeof url === 'string') return [{ table: path.join('.'), url, username, password }];
  return Object.entries(node).flatMap(([name, inner]) => tablesWithUrl(inner, [...path, name]));
}

const resolved = (text: string, variables: Record<string, string>): string =>
  text.replace(/\$env\{(\w+)\}/g, (_, name: string) => variables[name] ?? '');

/** Made under another name and then given its own, so that a database is whole or not there. */
async function create(
  { file, username, password, scripts }: EmbeddedDatabase,
  folder: string,
  [java, jar]: [program: string, h2: string],
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const work = await mkdtemp(`${file}.unfinished-`);
  try {
    const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
    const script = join(work, 'create.sql');
    // H2's tools take a password on the command line only, where everybody reads it: it is set by the script instead.
    const statements = [
      ...scripts.map((name) => `RUNSCRIPT FROM ${quoted(join(folder, name))} CHARSET 'UTF-8';`),
      `ALTER USER "${username.toUpperCase()}" SET PASSWORD ${quoted(password)};`,
    ];
    await writeFile(script, statements.join('\n'), { mode: 0o600 });
    const jvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', jar, 'org.h2.tools.RunScript'];
    const made = join(work, basename(file));
    await promisify(execFile)(java, [...jvm, '-url', `jdbc:h2:${made}`, '-user', username, '-script', script], {
      timeout: 300_000,
      maxBuffer: 2 ** 26,
    });
    await rename(`${made}.mv.db`, `${file}.mv.db`);
  } catch (cause) {
    const { stderr = '', message } = cause as Error & { stderr?: string };
    const reason = /Exception: (.*)/.exec(stderr)?.[1] ?? message;
    throw new Error(`${scripts.join(', ')} of ${folder} made no database: ${reason.slice(0, 300)}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
