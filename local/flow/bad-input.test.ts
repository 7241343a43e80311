import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { servicePath } from '../../programs/deployment-toml/own-secrets.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

const provisionCommand = fileURLToPath(new URL('../../scripts/provision.ts', import.meta.url));

let template: string;
let environment: FlowEnvironment;
before(async () => {
  template = await prepareTemplate();
  environment = await startEnvironment(template);
});
after(async () => {
  await environment?.stop();
});

/** Runs the command as a person would: a process of its own, secrets in the environment. */
async function provision(args: string[], env: Record<string, string> = {}) {
  const { state, secrets } = environment;
  const run = $({
    quiet: true,
    nothrow: true,
    env: {
      PATH: process.env.PATH,
      CDR_STACK_APIM_USERNAME: 'admin',
      CDR_STACK_APIM_PASSWORD: secrets.apiManagerPassword,
      CDR_STACK_APIM_SERVICE_PATH: servicePath(secrets),
      CDR_STACK_IS_USERNAME: 'admin',
      CDR_STACK_IS_PASSWORD: secrets.identityServerPassword,
      ...env,
    },
  });
  const command = [provisionCommand, '--outputs', state.outputsFile, '--ledger', state.ledger, ...args];
  return run`${process.execPath} --disable-warning=ExperimentalWarning ${command}`;
}

async function file(name: string, content: string): Promise<string> {
  const path = join(environment.state.path, name);
  await writeFile(path, content);
  return path;
}

test('an unknown setting is refused with the name that was probably meant, and nothing is written', async () => {
  const settings = await file('unknown.yaml', 'keyManager:\n  displayNam: OBKM\n');
  const { exitCode, stderr } = await provision(['--settings', settings]);
  assert.equal(exitCode, 2, stderr);
  assert.match(stderr, /displayNam\b.*displayName/);
  assert.deepEqual(environment.writes(), []);
});

test('every fault of the settings is named at once', async () => {
  const settings = await file(
    'faults.yaml',
    'apis:\n- version: 0.2\n  context: nowhere\n  gateways: [{ environment: 7 }]\n',
  );
  const { exitCode, stderr } = await provision(['--settings', settings]);
  assert.equal(exitCode, 2, stderr);
  for (const fault of ['version', 'context', 'gateways[0].environment'])
    assert.ok(stderr.includes(`apis[0].${fault}: `));
});

test('outputs that lack a member are refused with its name', async () => {
  const outputs = await file('outputs-without.json', JSON.stringify({ ...environment.outputs, dcrService: undefined }));
  const { exitCode, stderr } = await provision(['--outputs', outputs]);
  assert.equal(exitCode, 2, stderr);
  assert.match(stderr, /dcrService/);
});

test('missing credentials are refused with the names of the variables', async () => {
  const { exitCode, stderr } = await provision([], { CDR_STACK_APIM_USERNAME: '', CDR_STACK_APIM_PASSWORD: '' });
  assert.equal(exitCode, 2, stderr);
  assert.match(stderr, /CDR_STACK_APIM_USERNAME/);
});

test('wrong credentials end with 3 and are not repeated in any output', async () => {
  const wrong = 'wrong-password-of-the-test';
  const { exitCode, stderr, stdout } = await provision(['--verbose'], { CDR_STACK_APIM_PASSWORD: wrong });
  assert.equal(exitCode, 3, stderr);
  assert.match(stderr, /API Manager/);
  assert.ok(!`${stdout}${stderr}`.includes(wrong));
  assert.deepEqual(environment.writes(), []);
});

test('a server whose certificate no declared CA issued ends the run with 4, and is named with its issuer', async () => {
  const { outputs, state } = environment;
  const other = JSON.stringify({ ...outputs, trust: { ...outputs.trust, servers: outputs.trust.recipients } });
  const { exitCode, stderr } = await provision(['--outputs', await file('outputs-untrusted.json', other)]);
  assert.equal(exitCode, 4, `${state.path}: ${stderr}`);
  assert.match(stderr, /Identity Server.*not trusted.*Platform/s);
  assert.deepEqual(environment.writes(), []);
});

test('a plan against running servers shows what would change, masks secrets and writes nothing', async () => {
  const { exitCode, stdout, stderr } = await provision(['--plan', '--expect-no-changes']);
  assert.equal(exitCode, 7, stderr);
  assert.match(stdout, /OBKM/);
  assert.match(stdout, /CDRDynamicClientRegistrationAPI/);
  assert.ok(!`${stdout}${stderr}`.includes(environment.secrets.identityServerPassword));
  assert.deepEqual(environment.writes(), []);
});

test('a run that is interrupted ends with 8, one out of time with 9', async () => {
  const { exitCode, stderr } = await provision(['--timeout', '0.001']);
  assert.equal(exitCode, 9, stderr);
});
