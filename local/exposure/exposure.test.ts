import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { versionFile } from '../emulator/server-version.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../flow/flow-environment.ts';
import { scannedEnvironment } from './identities.ts';
import { counted, inWords, judged, scan } from './scan.ts';

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

    test('every path at every door answers everybody as the table says', async (t) => {
      const versions = { apiManager, identityServer };
      const scanned = await scannedEnvironment(environment, environment.recipient(), clientId, versions);
      const all = await scan(scanned);
      await scanned.remove();
      t.diagnostic(JSON.stringify(counted(all)));
      assert.deepEqual(all.filter(({ verdict }) => verdict === 'unexpected').map(inWords), []);
    });
  });
}
