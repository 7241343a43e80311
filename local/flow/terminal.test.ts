import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { provisioningOf } from '../processes/provisioning.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

const script = fileURLToPath(new URL('../../scripts/provision.ts', import.meta.url));
/** util-linux's `script` gives a command a terminal of its own; elsewhere it takes other arguments. */
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

/** What a person sees in the end, escape sequences taken away, and the exit code. */
async function onTerminal(environment: FlowEnvironment, args: string[]): Promise<{ code: number; shown: string }> {
  const { credentials } = await provisioningOf(environment);
  const outputs = join(environment.state.path, 'outputs.json');
  writeFileSync(outputs, JSON.stringify(environment.outputs));
  const users = Object.entries(credentials.serviceUsers ?? {});
  const env = {
    PATH: process.env.PATH,
    TERM: 'xterm-256color',
    CDR_STACK_APIM_USERNAME: credentials.apiManager.username,
    CDR_STACK_APIM_PASSWORD: credentials.apiManager.password,
    CDR_STACK_APIM_SERVICE_PATH: credentials.apiManager.servicePath,
    CDR_STACK_IS_USERNAME: credentials.connector?.username,
    CDR_STACK_IS_PASSWORD: credentials.connector?.password,
    ...Object.fromEntries(users.map(([user, { password }]) => [`CDR_STACK_${user.toUpperCase()}_PASSWORD`, password])),
  };
  const ledger = join(environment.state.path, 'terminal-ledger');
  const command = [process.execPath, script, '--outputs', outputs, '--ledger', ledger, ...args].join(' ');
  return new Promise((resolve) => {
    execFile('script', ['-qec', `stty cols 120; ${command}`, '/dev/null'], { env }, (error, stdout) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go.
      const shown = stdout.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
      for (const [, { password }] of users) assert.ok(!shown.includes(password));
      resolve({ code: Number(error?.code ?? 0), shown });
    });
  });
}

test('a person sees the steps as a list with times, then what changed', { skip: !hasTerminal }, async (t) => {
  const environment = await startEnvironment(await prepareTemplate());
  t.after(() => environment.stop());
  const plan = await onTerminal(environment, ['--plan']);
  assert.equal(plan.code, 0, plan.shown);
  assert.match(plan.shown, /✔ Declaration fits the servers: .*\(\d+\.\d s\)/);
  assert.match(plan.shown, /\+ key manager OBKM/);
  assert.match(plan.shown, /changes to make; nothing was written/);

  const applied = await onTerminal(environment, []);
  assert.equal(applied.code, 0, applied.shown);
  for (const title of [
    'Servers operational',
    'Service users of API Manager',
    'Key manager OBKM',
    'Registration endpoint',
  ]) {
    assert.match(applied.shown, new RegExp(`✔ ${title}.*: .*\\(\\d+\\.\\d s\\)`), title);
  }
  assert.doesNotMatch(applied.shown, /not run|✖/);

  await environment.end('identity-server');
  const failed = await onTerminal(environment, ['--no-wait']);
  assert.equal(failed.code, 4, failed.shown);
  assert.match(failed.shown, /✖ /);
});
