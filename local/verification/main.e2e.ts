import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startEmulatedServers } from './testing/emulated-servers.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const run = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? '', ...env } };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });

test('the list names every probe and calls no server', async () => {
  const { code, stdout } = await run(['--list']);
  assert.equal(code, 0);
  assert.match(stdout, /^client-registration-is-an-upsert\n {4}Registering/m);
  assert.match(stdout, /\d+ probes\.\n$/);
});

test('what is missing is named: the server, the credentials, a probe', async () => {
  assert.match((await run([])).stderr, /--apim or --is is missing/);
  assert.match((await run(['--apim', 'https://localhost:1'])).stderr, /CDR_STACK_APIM_USERNAME/);
  const unknown = await run(['--only', 'no-such-probe']);
  assert.match(unknown.stderr, /no probe is called no-such-probe/);
  assert.notEqual(unknown.code, 0);
});

test('a run prints fact, expectation and finding, records, and fails by exit code on a difference', async (t) => {
  const { servers, apiManager, ca } = await startEmulatedServers(t);
  const caFile = join(apiManager.home, 'ca.pem');
  writeFileSync(caFile, ca);
  const env = {
    CDR_STACK_APIM_USERNAME: servers.apiManager.account.username,
    CDR_STACK_APIM_PASSWORD: servers.apiManager.account.password,
  };
  const recorded = join(apiManager.home, 'recorded');
  const args = ['--apim', `${servers.apiManager.url}/`, '--ca', caFile];
  const only = ['--only', 'deployment-answers-201', 'resident-key-manager-goes-off-and-on', 'identity-server-health'];
  const good = await run([...args, '--record', recorded, ...only], env);
  assert.equal(good.code, 0, good.stderr);
  assert.match(
    good.stdout,
    /\| holds \| Deploying and undeploying .* \(contract B\.6\) \| \{"deploy":201,"undeploy":201\} \| as expected \|/,
  );
  assert.match(good.stdout, /1 facts hold, 0 differ, 0 could not be asked, 2 skipped\./);
  assert.deepEqual(readdirSync(join(recorded, 'api-manager-4.7.0')), ['deployment-answers-201.json']);

  apiManager.running().quirks.set({ deploymentStatus: 200 });
  const bad = await run([...args, '--json', ...only], env);
  assert.equal(bad.code, 1);
  const { servers: asked, verdicts } = JSON.parse(bad.stdout);
  assert.equal(asked.length, 1);
  assert.match(asked[0], /WSO2 API Manager-4\.7\.0/);
  const found = verdicts.find(({ id }: { id: string }) => id === 'deployment-answers-201');
  assert.deepEqual(found.found, { deploy: 200, undeploy: 200 });
  for (const { stdout, stderr } of [good, bad]) assert.ok(!(stdout + stderr).includes(env.CDR_STACK_APIM_PASSWORD));
});

test('a server whose certificate no known CA issued is not asked', async (t) => {
  const { servers, apiManager } = await startEmulatedServers(t);
  const env = { CDR_STACK_APIM_USERNAME: 'admin', CDR_STACK_APIM_PASSWORD: 'of-no-use' };
  const { code, stderr } = await run(['--apim', servers.apiManager.url, '--record', `${apiManager.home}/none`], env);
  assert.notEqual(code, 0);
  assert.match(stderr, /certificate.*--ca/s);
  assert.ok(!existsSync(`${apiManager.home}/none`));
});
