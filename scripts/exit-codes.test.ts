import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Wso2Error } from '@cdr-stack/wso2';
import {
  ChangesFound,
  ConsentNeeded,
  Interrupted,
  InvocationError,
  RunFailed,
  StepError,
  TimedOut,
} from './engine/errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { KubernetesError } from './kubernetes/kubernetes-error.ts';
import { PulumiError } from './pulumi-command.ts';

const cases: [number, string, unknown][] = [
  [1, 'a step that found something amiss', new StepError('no endpoint')],
  [1, 'something unforeseen', new Error('oops')],
  [1, 'a request that the server finds wrong', new Wso2Error('rejected', 'bad')],
  [2, 'a wrong invocation', new InvocationError('no such step')],
  [3, 'wrong credentials', new Wso2Error('unauthorized', 'no')],
  [3, 'a scope that was not granted', new Wso2Error('scope-not-granted', 'no')],
  [4, 'a server that fails', new Wso2Error('server-error', 'no')],
  [4, 'a server that is not trusted', new Wso2Error('untrusted', 'no')],
  [3, 'a cluster that refuses the account', new KubernetesError('refused', 'no')],
  [4, 'a cluster that cannot be reached', new KubernetesError('unreachable', 'no')],
  [4, 'a Pulumi that fails', new PulumiError('no')],
  [5, 'something that nobody said is meant', new ConsentNeeded('--yes')],
  [7, 'changes where none were expected', new ChangesFound('1 change')],
  [8, 'an interruption', new Interrupted('SIGINT')],
  [9, 'time that ran out', new TimedOut('60 s')],
];

for (const [code, what, error] of cases) {
  test(`${what} ends with exit code ${code}`, () => assert.equal(exitCodeOf(error), code));
}

test('what caused a failed run decides, through every wrapping', () => {
  const refusal = new StepError('cannot read', { cause: new Wso2Error('forbidden', 'no') });
  const summary = { changes: [], reads: 0, writes: 0, roundTrips: 0, retries: 0, waited: [], seconds: 0 };
  assert.equal(exitCodeOf(new RunFailed([{ step: 'api', title: 'API', error: refusal }], summary)), 3);
});

test('the documented codes are these', () => {
  const operations = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
  const [, table = ''] = operations.split(/^## Exit codes$/m);
  const documented = [...(table.split(/^## /m)[0] ?? '').matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  assert.deepEqual(documented, Object.values(exitCodes));
  const help =
    readFileSync(new URL('provision.ts', import.meta.url), 'utf8')
      .split('Exit codes:')[1]
      ?.split('`')[0] ?? '';
  assert.deepEqual(
    [...help.matchAll(/\b(\d) /g)].map(([, code]) => Number(code)),
    Object.values(exitCodes),
  );
});
