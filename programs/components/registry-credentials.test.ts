import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectsOf } from '../testing/recorded-stack.ts';
import { deployedDatabase } from '../testing/sample-settings.ts';
import { sampleStack } from '../testing/sample-stack.ts';

const everything = { ...deployedDatabase, provisioningImage: 'provisioning:c3' };

test('with credentials every pod may pull with them, those of Jobs too', async () => {
  const { stack } = await sampleStack(everything);
  const [secret, ...others] = objectsOf(stack, 'Secret').filter(
    ({ inputs }) => inputs.type === 'kubernetes.io/dockerconfigjson',
  );
  assert.ok(secret && others.length === 0);
  const accounts = objectsOf(stack, 'ServiceAccount');
  const pods = [...objectsOf(stack, 'Deployment'), ...objectsOf(stack, 'Job')].map(
    ({ inputs }) => inputs.spec.template.spec,
  );
  assert.ok(pods.length > 5);
  for (const { serviceAccountName } of pods) {
    const account = accounts.find(({ inputs }) => inputs.metadata.name === serviceAccountName);
    assert.deepEqual(account?.inputs.imagePullSecrets, [{ name: `${secret.name}-a1b2c3d4` }], serviceAccountName);
  }
});

test('without credentials nothing names a Secret to pull with', async () => {
  const { stack } = await sampleStack({ ...everything, registryCredentials: '' });
  for (const { name, inputs } of objectsOf(stack, 'ServiceAccount'))
    assert.equal('imagePullSecrets' in inputs, false, name);
});
