import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { parse, stringify, type TomlTable } from 'smol-toml';
import type { TestPostgres } from '../../../dcr-service/testing/postgres.ts';
import { type DataSource, databaseTables, postgreSqlSource } from '../../../programs/deployment-toml/databases.ts';
import type { GenerationName } from '../../../programs/products.ts';
import type { Environment } from '../../processes/environment.ts';

/** Which database each table of deployment.toml names: what it is called, and the scripts of the servers' images that make it. */
export interface Layout {
  apiManager: Record<string, string>;
  identityServer: Record<string, string>;
  scripts: Record<string, readonly string[]>;
}

export const layouts: Record<GenerationName, Layout> = {
  '4.7': {
    apiManager: { apim_db: 'apim', shared_db: 'apimShared' },
    identityServer: { identity_db: 'identity', shared_db: 'identityShared' },
    scripts: {
      apim: ['apimgt/postgresql.sql'],
      apimShared: ['postgresql.sql'],
      identityShared: ['postgresql.sql'],
      identity: ['identity/postgresql.sql', 'identity/uma/postgresql.sql', 'consent/postgresql.sql'],
    },
  },
  // The accelerator's key manager reads Identity Server's tables in API Manager's database.
  '4.2': {
    apiManager: { apim_db: 'apim', shared_db: 'shared' },
    identityServer: { identity_db: 'apim', shared_db: 'shared' },
    scripts: { apim: ['apimgt/postgresql.sql'], shared: ['postgresql.sql'] },
  },
};

/** Does what a deployment does before the servers start: databases, schema, JDBC driver, deployment.toml. */
export async function moveToPostgres(
  { state, secrets }: Environment,
  { apiManager, identityServer, scripts }: Layout,
  { postgres, port }: { postgres: TestPostgres; port: number },
): Promise<void> {
  const sources: Record<string, DataSource> = {};
  for (const [name, run] of Object.entries(scripts)) {
    const url = await postgres.database();
    const database = new URL(url).pathname.slice(1);
    sources[name] = postgreSqlSource({ host: '127.0.0.1', port, database, username: 'dcr' });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`ALTER ROLE dcr PASSWORD ${pg.escapeLiteral(secrets.storePassword)}`);
    for (const script of run) {
      await client.query(await readFile(new URL(`../../emulator/dbscripts/${script}`, import.meta.url), 'utf8'));
    }
    await client.end();
  }
  for (const [server, home, databases] of [
    ['api-manager', state.apiManagerHome, apiManager],
    ['identity-server', state.identityServerHome, identityServer],
  ] as const) {
    const toml = join(home, 'repository', 'conf', 'deployment.toml');
    const named = Object.entries(databases).map(([table, name]) => [table, sources[name]]);
    const rendered = parse(await readFile(toml, 'utf8'));
    const database = { ...(rendered.database as TomlTable), ...databaseTables(server, Object.fromEntries(named)) };
    await writeFile(toml, stringify({ ...rendered, database }));
    const library = join(home, 'repository', 'components', 'lib');
    await mkdir(library, { recursive: true });
    // The emulator runs no Java: it looks whether the driver's class is there.
    await writeFile(join(library, 'postgresql.jar'), 'org/postgresql/Driver.class');
  }
}
