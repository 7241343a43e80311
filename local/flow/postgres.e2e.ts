import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import axios from 'axios';
import getPort from 'get-port';
import { postgresIsNotOurs, startPostgres, type TestPostgres } from '../../dcr-service/testing/postgres.ts';
import type { Environment } from '../processes/environment.ts';
import { servers } from '../processes/servers.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { layouts, moveToPostgres } from './testing/postgres-databases.ts';

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
