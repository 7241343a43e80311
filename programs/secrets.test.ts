import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectsOf } from './testing/recorded-stack.ts';
import { canaries, deployedDatabase, registerCanary } from './testing/sample-settings.ts';
import { sampleStack } from './testing/sample-stack.ts';

const { stack } = await sampleStack(deployedDatabase);
const isSecret = ({ type }: { type: string }) => type === 'kubernetes:core/v1:Secret';
const secrets = [...Object.values(canaries), registerCanary, deployedDatabase.postgresKey];

test('a secret is in Secrets only: in no ConfigMap, no plain variable, no annotation, no command', () => {
  const forms = [...secrets, 'canary'].flatMap((text) => [text, Buffer.from(text).toString('base64')]);
  for (const { type, name, inputs } of stack.resources.filter((resource) => !isSecret(resource))) {
    const text = JSON.stringify(inputs);
    for (const form of forms) assert.ok(!text.includes(form), `${type} ${name} holds ${form}`);
  }
});

test('every secret reaches a Secret', () => {
  const held = JSON.stringify(stack.resources.filter(isSecret).map(({ inputs }) => inputs));
  // Service users' passwords are one setting, and arrive one by one.
  const single = secrets.flatMap((secret) =>
    secret === canaries.serviceUsers ? Object.values<string>(JSON.parse(secret)) : secret,
  );
  for (const secret of single) assert.ok(held.includes(JSON.stringify(secret)), `${secret} arrived nowhere`);
});

test('Pulumi knows all that Secrets hold to be secret, and nothing secret elsewhere', () => {
  const known = stack.resources
    .filter(({ secretInputs }) => secretInputs.length > 0)
    .map(({ type, name, secretInputs }) => [`${type} ${name}`, secretInputs]);
  const held = objectsOf(stack, 'Secret').map(({ name, inputs }) => [
    `kubernetes:core/v1:Secret ${name}`,
    ['data', 'stringData'].filter((member) => member in inputs),
  ]);
  assert.deepEqual(Object.fromEntries(known), Object.fromEntries(held));
});

test("no secret is in the stack's outputs", () => {
  const text = JSON.stringify(stack.outputs);
  for (const secret of [...secrets, 'canary']) assert.ok(!text.includes(secret), secret);
});
