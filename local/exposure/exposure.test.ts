import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { versionFile } from '../emulator/server-version.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../flow/flow-environment.ts';
import { unlisted } from './deployed.ts';
import { type ScannedEnvironment, scannedEnvironment } from './identities.ts';
import type { Question } from './questions.ts';
import { type Asked, counted, inWords, judged, scan } from './scan.ts';
import { undone, without } from './undone-rows.ts';

const unexpected = (all: readonly Asked[]) => all.filter(({ verdict }) => verdict === 'unexpected');

test('a 501 is never what was expected', () => {
  const question = {
    door: 'management',
    identity: 'nobody',
    path: '/',
    edge: false,
    expected: [501, 'refused'],
  } as const;
  assert.equal(judged(question, 501).verdict, 'not emulated');
});

for (const [generation, apiManager, identityServer] of [
  ['4.7', '4.7.0', '7.1.0'],
  ['4.2', '4.2.0', '6.1.0'],
] as const) {
  describe(`API Manager ${apiManager} with Identity Server ${identityServer}, emulated`, () => {
    let environment: FlowEnvironment;
    let called: Record<'api-manager' | 'identity-server', string[]>;

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
      const versions = { apiManager, identityServer };
      servers = await scannedEnvironment(environment, recipient, data.client_id, versions);
      called = calledSoFar();
    });
    after(() => environment?.stop());

    /** As whom is asked is made while all doors are as they should be. */
    let servers: ScannedEnvironment;

    async function scanned(only?: (question: Question) => boolean): Promise<Asked[]> {
      return scan(servers, only);
    }

    test('every path at every door answers everybody as the table says', async (t) => {
      const all = await scanned();
      t.diagnostic(JSON.stringify(counted(all)));
      assert.deepEqual(unexpected(all).map(inWords), []);
    });

    test('what provisioning and registrations call is in the table', () => {
      for (const product of ['api-manager', 'identity-server'] as const) {
        const version = product === 'api-manager' ? apiManager : identityServer;
        const contexts = called[product].map((path) => path.split('/').slice(0, 3).join('/'));
        assert.deepEqual(unlisted(product, version, contexts), []);
      }
    });

    for (const row of undone) {
      const { name, server, keys, door, shows } = row;
      test(`${name}, undone, is noticed at the path that it opens`, async (t) => {
        const { apiManagerHome, identityServerHome } = environment.state;
        const home = server === 'api-manager' ? apiManagerHome : identityServerHome;
        const file = join(home, 'repository', 'conf', 'deployment.toml');
        const shut = await readFile(file, 'utf8');
        const open = without(shut, row, server === 'api-manager' ? apiManager : identityServer);
        if (open === undefined) return t.skip('this version does not know it');
        await restarted(server, () => writeFile(file, open));
        try {
          const answers = unexpected(await scanned((question) => question.door === door && shows.test(question.path)));
          assert.ok(answers.length > 0, `nothing was noticed without ${keys.join(', ')}`);
          const others = answers.filter((answer) => answer.door !== door || !shows.test(answer.path));
          assert.deepEqual(others.map(inWords), []);
        } finally {
          await restarted(server, () => writeFile(file, shut));
        }
      });
    }

    /** The gateway's own are the API's; the secret path of SOAP services stands for the usual one. */
    function calledSoFar() {
      const of = (product: 'api-manager' | 'identity-server') =>
        environment
          .requests(product)
          .filter(({ server }) => server === product)
          .map(({ path }) => path.replace(/^\/t\/carbon\.super/, '').replace(/^\/[0-9a-f]{32}\//, '/services/'));
      return { 'api-manager': of('api-manager'), 'identity-server': of('identity-server') };
    }

    async function restarted(server: 'api-manager' | 'identity-server', between: () => Promise<void>): Promise<void> {
      await environment.end(server);
      await between();
      await environment.start(server);
    }
  });
}
