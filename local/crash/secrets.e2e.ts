import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Fault } from '../emulator/faults.ts';
import { startCommand } from './command.ts';
import { startWorld, type World } from './world.ts';

const wrongPassword = 'wrong "pass/word" + more';
const residentPassword = 'of the resident key manager & more';

let world: World;
before(async () => {
  world = await startWorld('4.7', { registrationWarmUpMs: 0, keyManagerDelayMs: 0 });
});
after(() => world?.stop());

/** Every secret that a run knows, in every form in which it could leak. */
function secretForms(): string[] {
  const { secrets, state } = world;
  const key = readFileSync(join(state.pki, 'recipient.key'), 'utf8').split('\n')[2] ?? '';
  const passwords = [secrets.apiManagerPassword, secrets.identityServerPassword, wrongPassword, residentPassword];
  passwords.push(...Object.values(secrets.serviceUsers ?? {}));
  return [...passwords, key].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ secret }).toString().slice('secret='.length),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(`admin:${secret}`).toString('base64').replace(/=+$/, ''),
  ]);
}

function assertUntold(where: string, text: string) {
  for (const form of secretForms()) assert.ok(!text.includes(form), `${where} holds a secret: ${text.slice(0, 2000)}`);
}

/** The arguments of every process of this machine that may be seen. */
function everyCommandLine(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

interface Run {
  what: string;
  flags?: string[];
  variables?: Record<string, string>;
  faults?: Fault[];
  code: number;
}

/** Plans, applies, and fails in every way that a server can make it. */
const runs = (): Run[] => {
  const { secrets, outputs, state } = world;
  const nowhere = join(state.path, 'nowhere.json');
  writeFileSync(
    nowhere,
    JSON.stringify({ ...outputs, apiManager: { ...outputs.apiManager, url: 'https://localhost:1' } }),
  );
  const resident = { CDR_STACK_RESIDENT_USERNAME: 'admin', CDR_STACK_RESIDENT_PASSWORD: residentPassword };
  const refusal = `The value ${secrets.identityServerPassword} of Password is too short, says ${secrets.apiManagerPassword}`;
  const write = { method: 'POST', path: '/api/am/admin/v4/key-managers' };
  return [
    { what: 'a plan', flags: ['--plan'], variables: resident, code: 0 },
    { what: 'a plan as JSON', flags: ['--plan', '--json', '--verbose'], variables: resident, code: 0 },
    {
      what: 'a wrong password',
      flags: ['--plan', '--verbose'],
      variables: { CDR_STACK_APIM_PASSWORD: wrongPassword },
      code: 3,
    },
    {
      what: 'a server that refuses and repeats the request',
      flags: ['--verbose'],
      faults: [
        { ...write, effect: { status: 400, body: { code: 400, message: 'Bad Request', description: refusal } } },
      ],
      code: 1,
    },
    {
      what: 'a server that fails again and again',
      flags: ['--json', '--verbose'],
      faults: [{ ...write, times: Number.POSITIVE_INFINITY, effect: { status: 503, body: { error: refusal } } }],
      code: 4,
    },
    {
      what: 'a time-out',
      flags: ['--verbose', '--timeout', '2'],
      faults: [{ ...write, effect: { latencyMs: 60_000 } }],
      code: 9,
    },
    { what: 'a run that changes everything', flags: ['--verbose'], variables: resident, code: 0 },
    { what: 'a run that changes nothing', flags: ['--json', '--verbose'], variables: resident, code: 0 },
    {
      what: 'a server that is not there',
      flags: ['--plan', '--json', '--verbose', '--outputs', nowhere],
      code: 4,
    },
  ];
};

test('no secret leaks: not into any output, file or process argument, whatever happens', async (t) => {
  for (const { what, flags = [], variables = {}, faults = [], code } of runs()) {
    await t.test(what, async () => {
      world.faults.set(faults);
      const command = startCommand(world, flags, variables);
      const lines: string[] = [];
      const watching = setInterval(() => lines.push(everyCommandLine()), 100);
      const ended = await command.ended;
      clearInterval(watching);
      await world.expireLock();
      assert.equal(ended.code, code, ended.stderr);
      assert.ok(lines.some((line) => line.includes('provision.ts')));
      assertUntold('standard output', ended.stdout);
      assertUntold('standard error', ended.stderr);
      assertUntold('a process argument', lines.join('\n'));
    });
  }
  const { ledger, path } = world.state;
  const files = [`${ledger}/**`, `${path}/**/logs/**`].flatMap((pattern) => globSync(pattern));
  const written = files.filter((file) => statSync(file).isFile());
  assert.ok(written.length > 2);
  for (const file of written) assertUntold(file, readFileSync(file, 'latin1'));
});
