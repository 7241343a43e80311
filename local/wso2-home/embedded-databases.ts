import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse, type TomlTable } from 'smol-toml';
import { z } from 'zod';
import { type DataSource, databaseTable, embedded } from '../../programs/deployment-toml/databases.ts';
import { generations, type ProductDatabase } from '../../programs/products.ts';
import { type ProductHome, type ProductName, productKey } from './product-home.ts';

/** What makes the tables of each database, beneath `dbscripts/` of the home, by its table in deployment.toml. */
const scripts: Record<string, readonly string[]> = {
  apim_db: ['apimgt/h2.sql'],
  identity_db: ['identity/h2.sql', 'consent/h2.sql'],
  shared_db: ['h2.sql'],
  local: ['h2.sql'],
  AgentIdentity: ['identity/agent/h2.sql'],
  'mb.store_db': ['mb-store/h2-mb.sql'],
};

/** Databases that the products' own defaults name. */
const byDefault: Record<ProductName, Record<string, DataSource>> = {
  'API Manager': { local: embedded('WSO2CARBON_DB'), 'mb.store_db': embedded('WSO2MB_DB') },
  'Identity Server': { local: embedded('WSO2CARBON_DB') },
};

const table = z.looseObject({ url: z.string(), username: z.string(), password: z.string() });

/** A database in a file of H2's. */
interface EmbeddedDatabase {
  /** Its file without `.mv.db`. */
  file: string;
  username: string;
  /** The published one, which protects nothing. */
  password: string;
  scripts: readonly string[];
}

/**
 * Makes the embedded databases of a copied home that are not there yet, by the home's own scripts and its own H2.
 *
 * @param copy the home that the server runs from, with its deployment.toml.
 * @throws {Error} with what H2 said when a script fails; the database is not there then.
 */
export async function createEmbeddedDatabases(home: ProductHome, copy: string): Promise<void> {
  const toml = parse(await readFile(join(copy, 'repository', 'conf', 'deployment.toml'), 'utf8'));
  const missing = embeddedDatabases(home, copy, toml).filter(({ file }) => !existsSync(`${file}.mv.db`));
  if (missing.length === 0) return;
  const [h2] = globSync(join(copy, 'repository', 'components', 'plugins', 'h2*_*.jar'));
  if (h2 === undefined) throw new Error(`${home.path} has no H2 in repository/components/plugins: unpack it again.`);
  const java = join(home.java.home, 'bin', 'java');
  await Promise.all(missing.map((database) => create(database, { java, h2, folder: join(copy, 'dbscripts') })));
}

function embeddedDatabases(home: ProductHome, copy: string, toml: TomlTable): EmbeddedDatabase[] {
  const databases: readonly ProductDatabase[] = generations[home.generation][productKey(home.product)].databases;
  const madeElsewhere = databases.filter((database) => database.scripts.length === 0).map((database) => database.table);
  const defaults = Object.entries(byDefault[home.product]).map(([name, source]) => [name, databaseTable(source)]);
  const named = { ...Object.fromEntries(defaults), ...(toml.database as object), ...(toml.datasource as object) };
  return Object.entries(named).flatMap(([name, value]) => {
    const { url = '', username = '', password = '' } = table.safeParse(value).data ?? {};
    const path = /^jdbc:h2:([^;]+)/.exec(url)?.[1];
    if (path === undefined || madeElsewhere.some((other) => other === name)) return [];
    return [{ file: resolve(copy, path), username, password, scripts: scripts[name] ?? [] }];
  });
}

/** Made under another name and then given its own, so that a database is whole or not there. */
async function create(
  { file, username, password, scripts: names }: EmbeddedDatabase,
  { java, h2, folder }: { java: string; h2: string; folder: string },
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const work = await mkdtemp(`${file}.unfinished-`);
  try {
    const script = join(work, 'create.sql');
    const statements = names.map(
      (name) => `RUNSCRIPT FROM '${join(folder, name).replaceAll("'", "''")}' CHARSET 'UTF-8';`,
    );
    await writeFile(script, statements.join('\n'));
    const made = join(work, basename(file));
    // Less of a JVM than a server wants: it lives for a second.
    const jvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', h2, 'org.h2.tools.RunScript'];
    const account = ['-url', `jdbc:h2:${made}`, '-user', username, '-password', password];
    await promisify(execFile)(java, [...jvm, ...account, '-script', script], { maxBuffer: 2 ** 26 });
    await rename(`${made}.mv.db`, `${file}.mv.db`);
  } catch (cause) {
    const { stderr = '', message } = cause as Error & { stderr?: string };
    const reason = /Exception: (.*)/.exec(stderr)?.[1] ?? message;
    throw new Error(`${names.join(', ')} of ${folder} made no database: ${reason.slice(0, 300)}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
