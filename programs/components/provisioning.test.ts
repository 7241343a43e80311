import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseOutputs } from '../outputs.ts';
import { variablesOf } from '../testing/kubernetes-object.ts';
import { objectOf, objectsOf, type RecordedStack, recordStack } from '../testing/recorded-stack.ts';
import { sampleCertificates } from '../testing/sample-certificates.ts';
import { canaries } from '../testing/sample-settings.ts';
import { sampleStack } from '../testing/sample-stack.ts';

const { stack: without, settings, directory } = await sampleStack();
const provisioned = { ...settings, provisioningImage: 'provisioning:c3' };
const stack = await recordStack(provisioned);
const jobOf = (of: RecordedStack) => objectOf(of, 'Job', 'provisioning');
const nameOf = (of: RecordedStack) => jobOf(of).metadata.name;

test('no Job, no account and no word of it where the setting is empty', () => {
  assert.deepEqual(objectsOf(without, 'Job'), []);
  assert.deepEqual(objectsOf(without, 'Role'), []);
  assert.equal(without.outputs.next, 'npm run provision');
  assert.equal(stack.outputs.next, 'npm run register');
});

test('the Job provisions from the outputs, within the cluster, with passwords from files', () => {
  const [container] = jobOf(stack).spec.template.spec.containers;
  assert.ok(container);
  assert.deepEqual(container.args.slice(0, 3), ['--direct', '--outputs', '/run/cdr-stack/declaration/outputs.json']);
  const { data } = objectOf(stack, 'ConfigMap', 'provisioning-declaration');
  const outputs = parseOutputs(JSON.parse(data['outputs.json'] ?? ''));
  assert.equal(outputs.namespace, 'cdr-local');
  assert.equal(outputs.trust.recipients, sampleCertificates.cdrIssuing + sampleCertificates.cdrRoot);
  const told = variablesOf(container);
  assert.equal(told.CDR_STACK_IS_PASSWORD_FILE, '/run/cdr-stack/credentials/identity-server');
  for (const secret of Object.values(canaries)) assert.ok(!JSON.stringify(jobOf(stack)).includes(secret));
});

test('its account may use the Lease and the Secret of the ledger, and nothing else', () => {
  const { rules } = objectOf(stack, 'Role', 'provisioning');
  assert.deepEqual(
    rules.map(({ resources, resourceNames, verbs }) => [resources.join(), resourceNames?.join(), verbs.join()]),
    [
      ['leases', undefined, 'create'],
      ['leases', 'cdr-stack-provisioning', 'get,update'],
      ['secrets', undefined, 'create'],
      ['secrets', 'cdr-stack-provisioning', 'get,update'],
    ],
  );
});

test('its pod is hardened as every other, but for the token that the ledger needs', () => {
  const { spec } = jobOf(stack).spec.template;
  const [container] = spec.containers;
  assert.equal(spec.automountServiceAccountToken, true);
  assert.equal(spec.securityContext.runAsNonRoot, true);
  assert.equal(spec.restartPolicy, 'Never');
  assert.equal(container?.securityContext.readOnlyRootFilesystem, true);
  assert.deepEqual(container?.securityContext.capabilities.drop, ['ALL']);
});

test('another image, setting, address or CA makes another Job; the same, and another password, keep its name', async () => {
  const file = join(directory, 'settings.yaml');
  await writeFile(file, 'apis:\n  - gateways:\n      - environment: Default\n');
  const ca = join(directory, 'trust/recipients/another-ca.pem');
  await writeFile(ca, sampleCertificates.other);
  const names = [nameOf(stack), nameOf(await recordStack(provisioned))];
  await rm(ca);
  // One after another: each run of the program has Pulumi's settings to itself.
  for (const change of [
    { provisioningImage: 'provisioning:c4' },
    { provisioningSettings: file },
    { namespace: 'cdr-other' },
  ])
    names.push(nameOf(await recordStack({ ...provisioned, ...change })));
  assert.equal(new Set(names).size, 5);
  for (const same of [{}, { apiManagerPassword: 'another-password' }])
    assert.equal(nameOf(await recordStack({ ...provisioned, ...same })), nameOf(stack));
});

test('a file of settings that is not there is named by its setting', async () => {
  await assert.rejects(recordStack({ ...provisioned, provisioningSettings: '/nowhere.yaml' }), {
    message: /provisioningSettings cannot be read \(ENOENT\)/,
  });
});
