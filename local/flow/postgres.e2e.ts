import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import axios from 'axios';
import getPort from 'get-port';
import pg from 'pg';
import { parse, stringify } from 'smol-toml';
import { postgresIsNotOurs, startPostgres, type TestPostgres } from '../../dcr-service/testing/postgres.ts';
import { type DataSource, databaseTables, postgreSqlSource } from '../../programs/deployment-toml/databases.ts';
import type { GenerationName } from '../../programs/products.ts';
import type { Environment } from '../processes/environment.ts';
import { servers } from '../processes/servers.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

/** Which database each table of deployment.toml names: what it is called, and the scripts of the servers' images that make it. */
interface Layout {
  apiManager: Record<string, string>;
  identityServer: Record<string, string>;
  scripts: Record<string, readonly string[]>;
}

const layouts: Record<GenerationName, Layout> = {
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

for (const generation of ['4.7', '4.2'] as const) {
  describe(`generation ${generation} on PostgreSQL`, { skip: postgresIsNotOurs }, () => {
    let postgres: TestPostgres;
    let environment: FlowEnvironment;
    let clientId: string;
    before(async () => {
      const port = await getPort();
      postgres = await startPostgres({ port });
      const alter = (prepared: Environment) => moveToPostgres(prepared, layouts[generation], { postgres, port });
      environment = await startEnvironment(await prepareTemplate(generation), { generation, alter });
    });
    after(async () => {
      await environment?.stop();
      await postgres?.close();
    });

    test('an empty database comes to a registration that is used', async () => {
      await environment.provision();
      const recipient = environment.recipient();
      const created = await recipient.register(await recipient.registrationRequest());
      assert.equal(created.status, 201, `${JSON.stringify(created.data)} ${environment.dcrLog()}`);
      clientId = created.data.client_id;
      await assertUsable();
    });

    test('servers that were restarted, and a PostgreSQL that was killed, have lost nothing of it', async () => {
      for (const server of ['identity-server', 'api-manager'] as const) {
        await environment.end(server);
        await environment.start(server);
      }
      await postgres.kill();
      assert.equal(await health(), 503);
      await postgres.restart();
      assert.equal(await health(), 200);
      const { changes } = await environment.provision();
      assert.deepEqual(changes, []);
      await assertUsable();
    });

    test('a server that cannot open its database ends, and says why without the password', async () => {
      const { state, ports, secrets } = environment;
      for (const name of ['identity-server', 'api-manager'] as const) {
        await environment.end(name);
        const server = servers(state, ports, secrets, generation).find((declared) => declared.name === name);
        assert.ok(server);
        const { status, stderr } = spawnSync(process.execPath, [server.entry, ...server.args], {
          env: { ...server.env, WSO2_DATABASE_PASSWORD: 'of somebody else' },
          encoding: 'utf8',
          timeout: 20_000,
        });
        assert.equal(status, 1, stderr);
        assert.match(stderr, /PSQLException: FATAL: password authentication failed for user "dcr"/);
        assert.doesNotMatch(stderr, /of somebody else/);
        await environment.start(name);
      }
    });

    test('nothing is kept in the homes of the servers', () => {
      const { apiManagerHome, identityServerHome } = environment.state;
      const files = [apiManagerHome, identityServerHome].flatMap((home) => globSync(join(home, '**/*.sqlite*')));
      assert.deepEqual(files, []);
    });

    /** What the readiness probe of Identity Server is answered. */
    async function health(): Promise<number> {
      const httpsAgent = new Agent({ ca: environment.outputs.trust.servers });
      const url = `${environment.urls.identityServer}/api/health-check/v1.0/health`;
      return (await axios.get(url, { httpsAgent, validateStatus: null })).status;
    }

    async function assertUsable(): Promise<void> {
      const recipient = environment.recipient();
      const { status } = await recipient.read(clientId, await recipient.accessToken(clientId));
      assert.equal(status, 200);
    }
  });
}

/** Does what a deployment does before the servers start: databases, schema, JDBC driver, deployment.toml. */
async function moveToPostgres(
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
      await client.query(await readFile(new URL(`../emulator/dbscripts/${script}`, import.meta.url), 'utf8'));
    }
    await client.end();
  }
  for (const [home, databases] of [
    [state.apiManagerHome, apiManager],
    [state.identityServerHome, identityServer],
  ] as const) {
    const toml = join(home, 'repository', 'conf', 'deployment.toml');
    const named = Object.entries(databases).map(([table, name]) => [table, sources[name]]);
    const tables = databaseTables(Object.fromEntries(named));
    await writeFile(toml, stringify({ ...parse(await readFile(toml, 'utf8')), ...tables }));
    const library = join(home, 'repository', 'components', 'lib');
    await mkdir(library, { recursive: true });
    // The emulator runs no Java: it looks whether the driver's class is there.
    await writeFile(join(library, 'postgresql.jar'), 'org/postgresql/Driver.class');
  }
}
