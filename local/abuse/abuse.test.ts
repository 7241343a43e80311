import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { versionFile } from '../emulator/server-version.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../flow/flow-environment.ts';
import { attempts, type Tried, tryAll } from './abuse.ts';
import { abusedEnvironment } from './abused-environment.ts';
import { type Cure, cures } from './cures.ts';

const failed = (tried: readonly Tried[]) => tried.filter(({ holds }) => !holds);
const inWords = ({ id, expected, found }: Tried) =>
  `${id}: ${JSON.stringify(found)} in place of ${JSON.stringify(expected)}`;

test('attempts have names of their own', () => {
  assert.equal(new Set(attempts.map(({ id }) => id)).size, attempts.length);
});

for (const [generation, apiManager, identityServer] of [
  ['4.7', '4.7.0', '7.3.0'],
  ['4.7', '4.7.0', '7.1.0'],
  ['4.2', '4.2.0', '6.1.0'],
] as const) {
  describe(`API Manager ${apiManager} with Identity Server ${identityServer}, emulated`, () => {
    let environment: FlowEnvironment;
    let clientId: string;

    before(async () => {
      environment = await startEnvironment(await prepareTemplate(generation), {
        generation,
        alter: ({ state }) =>
          writeFile(join(state.identityServerHome, ...versionFile), `WSO2 Identity Server v${identityServer}\n`),
      });
      await environment.provision();
      const recipient = environment.recipient();
      const { status, data } = await recipient.register(await recipient.registrationRequest());
      assert.equal(status, 201, JSON.stringify(data));
      clientId = data.client_id;
    });
    after(() => environment?.stop());

    async function tried(): Promise<Tried[]> {
      const abused = await abusedEnvironment(environment, environment.recipient(), clientId, {
        identityServer,
        apiManager,
      });
      const all = await tryAll(abused);
      await abused.remove();
      return all;
    }

    test('every attempt gets its expected answer', async () => {
      const all = await tried();
      assert.deepEqual(failed(all).map(inWords), []);
      const servers = new Set(all.map(({ server }) => server));
      assert.deepEqual([...servers].sort(), ['api-manager', 'gateway', 'identity-server']);
    });

    for (const { name, server, taken, opens, identityServers } of cures) {
      if (!identityServers.includes(identityServer)) continue;
      test(`without ${name} attempts get through, and only those that it is for`, async () => {
        const { apiManagerHome, identityServerHome } = environment.state;
        const home = server === 'api-manager' ? apiManagerHome : identityServerHome;
        const file = join(home, 'repository', 'conf', 'deployment.toml');
        const cured = await readFile(file, 'utf8');
        const open = taken(cured);
        assert.notEqual(open, cured);
        await restarted(server, () => writeFile(file, open));
        try {
          const through = failed(await tried()).map(({ id }) => id);
          assert.ok(through.length > 0);
          assert.deepEqual(
            through.filter((id) => !opens.test(id)),
            [],
          );
        } finally {
          await restarted(server, () => writeFile(file, cured));
        }
      });
    }

    async function restarted(server: Cure['server'], between: () => Promise<void>): Promise<void> {
      await environment.end(server);
      await between();
      await environment.start(server);
    }
  });
}
