import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownSecrets } from './deployment-toml/own-secrets.ts';
import { generations } from './products.ts';
import { objectsOf } from './testing/recorded-stack.ts';
import { canaries, deployedDatabase, registerCanary } from './testing/sample-settings.ts';
import { sampleStack } from './testing/sample-stack.ts';

const { stack } = await sampleStack(deployedDatabase);
const isSecret = ({ type }: { type: string }) => type === 'kubernetes:core/v1:Secret';
const { apiManager, identityServer } = generations['4.7'];
/** What each server gets of the stack's secrets: its own of each. */
const derived = [ownSecrets('api-manager', apiManager.version), ownSecrets('identity-server', identityServer.version)]
  .flatMap((own) => Object.values(own))
  .map((derive) => derive(canaries));
const secrets = [...Object.values(canaries), ...derived, registerCanary, deployedDatabase.postgresKey];

test('a secret is in Secrets only: in no ConfigMap, no plain variable, no annotation, no command', () => {
  const forms = [...secrets, 'canary'].flatMap((text) => [text, Buffer.from(text).toString('base64')]);
  for (const { type, name, inputs } of stack.resources.filter((resource) => !isSecret(resource))) {
    const text = JSON.stringify(inputs);
    for (const form of forms) assert.ok(!text.includes(form), `${type} ${name} holds ${form}`);
  }
});

test('every secret reaches a Secret, but the one of which each server gets its own', () => {
  const held = JSON.stringify(stack.resources.filter(isSecret).map(({ inputs }) => inputs));
  assert.ok(!held.includes(canaries.endpointSecret));
  // Service users' passwords are one setting, and arrive one by one.
  const single = secrets
    .filter((secret) => secret !== canaries.endpointSecret)
    .flatMap((secret) => (secret === canaries.serviceUsers ? Object.values<string>(JSON.parse(secret)) : secret));
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
