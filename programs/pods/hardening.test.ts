import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containersOf } from '../testing/kubernetes-object.ts';
import { objectOf, recordStack } from '../testing/recorded-stack.ts';
import { deployedDatabase, severalServers } from '../testing/sample-settings.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';

const { stack, settings } = await sampleStack(deployedDatabase);
const pods = Object.entries(podTemplates(stack));
const podsOfSeveral = Object.entries(podTemplates(await recordStack({ ...settings, ...severalServers })));

test('every pod is hardened, and runs as the user of its image', () => {
  const users = pods.map(([name, { spec }]) => {
    const { runAsUser, ...context } = spec.securityContext;
    assert.deepEqual(context, {
      runAsNonRoot: true,
      runAsGroup: runAsUser,
      fsGroup: runAsUser,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.equal(spec.automountServiceAccountToken, false, name);
    assert.equal(spec.enableServiceLinks, false, name);
    const account = objectOf(stack, 'ServiceAccount', spec.serviceAccountName);
    assert.equal(account.automountServiceAccountToken, false, name);
    return [name, runAsUser];
  });
  assert.deepEqual(Object.fromEntries(users), {
    'api-manager': 10001,
    'identity-server': 802,
    'dcr-service': 10001,
    register: 10001,
    database: 999,
  });
});

test("every container is hardened; only WSO2's servers have a writable root, which their entrypoint needs", () => {
  const writable: string[] = [];
  for (const [pod, template] of pods) {
    for (const { name, securityContext } of containersOf(template)) {
      const { readOnlyRootFilesystem, ...context } = securityContext;
      assert.deepEqual(context, {
        allowPrivilegeEscalation: false,
        privileged: false,
        capabilities: { drop: ['ALL'] },
      });
      if (!readOnlyRootFilesystem) writable.push(`${pod}/${name}`);
    }
  }
  assert.deepEqual(writable.sort(), ['api-manager/api-manager', 'identity-server/identity-server']);
});

test('every container says what CPU, memory and disk it needs, and what it may take', () => {
  for (const [pod, template] of pods)
    for (const { name, resources } of containersOf(template))
      for (const bound of [resources.requests, resources.limits])
        assert.deepEqual(Object.keys(bound).sort(), ['cpu', 'ephemeral-storage', 'memory'], `${pod}/${name}`);
});

test('every volume that a container mounts is there, and every volume is mounted', () => {
  for (const [pod, template] of [...pods, ...podsOfSeveral]) {
    const mounted = containersOf(template).flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    assert.deepEqual(new Set(mounted), new Set(template.spec.volumes.map(({ name }) => name)), pod);
  }
});

test('every server is asked whether it has started, lives and is ready', () => {
  for (const [pod, { spec }] of pods)
    for (const { startupProbe, livenessProbe, readinessProbe } of spec.containers)
      assert.ok(startupProbe && livenessProbe && readinessProbe, pod);
});

test("a token of the cluster's API is in one container alone: Identity Server's, where it must find its peers", () => {
  const given = [...pods, ...podsOfSeveral].flatMap(([pod, template]) => {
    assert.equal(template.spec.automountServiceAccountToken, false, pod);
    const projected = (template.spec.volumes as { name: string; projected?: unknown }[])
      .filter((volume) => JSON.stringify(volume.projected ?? {}).includes('serviceAccountToken'))
      .map(({ name }) => name);
    return containersOf(template)
      .filter(({ volumeMounts }) => volumeMounts.some(({ name }) => projected.includes(name)))
      .map(({ name }) => `${pod}/${name}`);
  });
  assert.deepEqual(given, ['identity-server/identity-server']);
});
