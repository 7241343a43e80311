import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { readStack } from './pulumi-stack.ts';

/** What Pulumi's command line prints, and its exit code; as seen from version 3.215. */
interface Behaviour {
  outputs?: string;
  config?: string;
  /** Shell: what `pulumi up` does. */
  up?: string;
  error?: string;
}

/** An executable that answers as Pulumi does. */
function pulumi({ outputs = '{}', config = '{}', up = '', error }: Behaviour): Record<string, string | undefined> {
  const directory = temporaryDirectory();
  const file = join(directory, 'pulumi');
  const answer = (text: string) => `printf '%s' '${text.replaceAll("'", "'\\''")}'`;
  const lines = error
    ? [`${answer(`error: ${error}`)} >&2`, 'exit 255']
    : [`case "$1" in stack) ${answer(outputs)};; config) ${answer(config)};; up) ${up};; esac`];
  writeFileSync(file, ['#!/bin/sh', ...lines].join('\n'), { mode: 0o755 });
  return { PATH: process.env.PATH, CDR_STACK_PULUMI: file };
}

test("outputs, and which cluster, come from the stack's outputs and settings", async () => {
  const variables = pulumi({
    outputs: '{"namespace": "cdr-dev", "next": "npm run provision"}',
    config: '{"kubernetes:context": {"value": "dev"}, "cdr-stack:apiManagerPassword": {"secret": true}}',
  });
  const { deployTrust, ...stack } = await readStack({ stack: 'it is one word', variables, project: tmpdir() });
  assert.deepEqual(stack, {
    outputs: { namespace: 'cdr-dev', next: 'npm run provision' },
    context: 'dev',
    kubeconfig: undefined,
    administrator: undefined,
    trustDirectory: join(tmpdir(), 'stacks/it is one word/trust'),
    registerPkiDirectory: undefined,
  });
});

test('a stack by its qualified name has the trust that the program reads', async () => {
  const variables = pulumi({ outputs: '{"namespace": "cdr-dev"}', config: '{}' });
  for (const stack of ['dev', 'organization/dev', 'organization/cdr-stack/dev']) {
    const { trustDirectory } = await readStack({ stack, variables, project: tmpdir() });
    assert.equal(trustDirectory, join(tmpdir(), 'stacks/dev/trust'), stack);
  }
});

test('trust is deployed by its part of the program alone; why that failed is in the last words', async () => {
  const directory = temporaryDirectory();
  const said = join(directory, 'arguments');
  const variables = pulumi({
    outputs: '{"namespace": "cdr-dev"}',
    up: `echo "$@" > ${said}; echo 'Job failed'; exit 255`,
  });
  const { deployTrust } = await readStack({ stack: 'dev', variables });
  await assert.rejects(deployTrust(), { name: 'PulumiError', message: /Job failed/ });
  const [operation, ...options] = readFileSync(said, 'utf8').trim().split(' ');
  assert.equal(operation, 'up');
  assert.deepEqual(
    options.filter((option) => option.startsWith('**')),
    [
      '**:ConfigMap::trust-recipients',
      '**:ConfigMap::trust-servers',
      '**:ConfigMap::dcr-service-trust',
      '**:Deployment::api-manager*',
      '**:Deployment::identity-server',
      '**:Deployment::dcr-service',
    ],
  );
  assert.ok(!options.includes('--target-dependents') && options.includes('--yes') && options.includes('dev'));
});

const failures: [string, Behaviour, object][] = [
  [
    'no stack is selected',
    { error: 'no stack selected; please use `pulumi stack select`' },
    { name: 'InvocationError', message: /name one with --stack/ },
  ],
  [
    'the stack does not exist',
    { error: "no stack named 'dev' found" },
    { name: 'InvocationError', message: /no stack dev: pulumi stack ls/ },
  ],
  [
    'nothing is deployed',
    {},
    { name: 'InvocationError', message: /The stack dev has no outputs yet.*next: pulumi up/ },
  ],
  [
    'Pulumi fails',
    { error: 'PULUMI_ACCESS_TOKEN must be set' },
    { name: 'PulumiError', message: /failed: PULUMI_ACCESS_TOKEN/ },
  ],
  ['Pulumi prints something else', { outputs: 'Updating...' }, { name: 'PulumiError', message: /printed no JSON/ }],
];
for (const [what, behaviour, error] of failures) {
  test(`${what}: that is said, with what to do`, async () => {
    await assert.rejects(readStack({ stack: 'dev', variables: pulumi(behaviour) }), error);
  });
}

test('without Pulumi, the ways to do without it are named', async () => {
  const variables = { PATH: process.env.PATH, CDR_STACK_PULUMI: '/nowhere/pulumi' };
  await assert.rejects(readStack({ variables }), {
    name: 'InvocationError',
    message: /\/nowhere\/pulumi.*--outputs FILE/,
  });
});
