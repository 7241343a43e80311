import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { parseOutputs } from '../outputs.ts';
import { objectOf, objectsOf, type RecordedStack, recordStack } from '../testing/recorded-stack.ts';
import { deployedDatabase, severalServers } from '../testing/sample-settings.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';

const { stack: single, settings } = await sampleStack(deployedDatabase);
const several = await recordStack({ ...settings, ...severalServers });
const instances = ['api-manager-1', 'api-manager-2'];

const podOf = (stack: RecordedStack, name: string) => podTemplates(stack)[name] ?? assert.fail(`no Deployment ${name}`);
const serverOf = (stack: RecordedStack, name: string) => podOf(stack, name).spec.containers[0] ?? assert.fail();
const portsOf = (service: string) => objectOf(several, 'Service', service).spec.ports.map(({ port }) => port);

/** The Deployments whose pods a Service of the stack means. */
function behind(service: string): string[] {
  const { selector } = objectOf(several, 'Service', service).spec;
  const selects = (labels: Record<string, string>) =>
    Object.entries(selector).every(([key, value]) => labels[key] === value);
  return Object.entries(podTemplates(several))
    .filter(([, { metadata }]) => selects(metadata.labels))
    .map(([name]) => name)
    .sort();
}

test('two API Managers are two Deployments with one pod each, of which none takes the other for its own', () => {
  const selectors = instances.map((name) => {
    const { replicas, strategy, selector, template } = objectOf(several, 'Deployment', name).spec;
    assert.deepEqual([replicas, strategy], [1, { type: 'Recreate' }]);
    assert.deepEqual(template.metadata.labels, { ...selector.matchLabels, 'app.kubernetes.io/managed-by': 'pulumi' });
    return selector.matchLabels['app.kubernetes.io/instance'];
  });
  assert.deepEqual(selectors, instances);
  assert.ok(!('api-manager' in podTemplates(several)));
  assert.deepEqual(
    objectsOf(several, 'PersistentVolumeClaim')
      .map(({ name }) => name)
      .filter((name) => name.startsWith('api-manager')),
    instances,
  );
});

test('the second API Manager waits for the first, when both are made and whenever both are replaced', () => {
  const urnOf = (name: string) => several.urns.find((urn) => urn.endsWith(`:Deployment::${name}`)) ?? assert.fail(name);
  const [first = '', second = ''] = instances.map(urnOf);
  assert.ok(several.dependencies.get(second)?.includes(first));
  assert.ok(!several.dependencies.get(first)?.includes(second));
});

test('an instance names the other where it names itself, and both have everything else in common', () => {
  const tomlOf = (name: string) => {
    const toml = objectOf(several, 'ConfigMap', `${name}-configuration`).data['deployment.toml'] ?? '';
    return parse(toml).apim as TomlTable & { event_hub: { event_duplicate_url: string[] } };
  };
  assert.deepEqual(
    instances.map((name) => tomlOf(name).event_hub.event_duplicate_url),
    [['tcp://api-manager-2:5672'], ['tcp://api-manager-1:5672']],
  );
  const secretsOf = (name: string) =>
    serverOf(several, name).env.flatMap(({ name: variable, valueFrom }) =>
      valueFrom?.secretKeyRef ? [[variable, valueFrom.secretKeyRef.name]] : [],
    );
  const [first, second] = instances.map(secretsOf);
  assert.deepEqual(first, second);
  assert.ok(first?.some(([variable]) => variable === 'WSO2_ENCRYPTION_KEY'));
  for (const name of instances) {
    const address = serverOf(several, name).env.find((variable) => variable.name === 'NODE_IP');
    assert.equal(address?.valueFrom.fieldRef.fieldPath, 'status.podIP');
  }
});

test('portals are reached with affinity, the gateway without, and each instance by a name of its own, ready or not', () => {
  assert.deepEqual(behind('api-manager'), instances);
  assert.deepEqual(behind('api-manager-gateway'), instances);
  for (const name of instances) assert.deepEqual(behind(name), [name]);
  assert.deepEqual(portsOf('api-manager'), [9443, 8243]);
  assert.deepEqual(portsOf('api-manager-gateway'), [8243]);
  for (const name of instances) assert.deepEqual(portsOf(name), [9443, 8243, 5672, 9611, 9711]);
  const of = (name: string) => {
    const { sessionAffinity, publishNotReadyAddresses } = objectOf(several, 'Service', name).spec;
    return [sessionAffinity, publishNotReadyAddresses];
  };
  assert.deepEqual(of('api-manager'), ['ClientIP', undefined]);
  assert.deepEqual(of('api-manager-gateway'), [undefined, undefined]);
  assert.deepEqual(of('api-manager-1'), [undefined, true]);
  assert.deepEqual(of('identity-server'), ['ClientIP', undefined]);
  for (const { name } of objectsOf(single, 'Service')) {
    const { spec } = objectOf(single, 'Service', name);
    assert.ok(!('sessionAffinity' in spec) && !('publishNotReadyAddresses' in spec), name);
  }
});

test('the outputs have the address of each API Manager if there are two, and leave it out if there is one', () => {
  const addressesIn = (stack: RecordedStack) => parseOutputs(stack.outputs).apiManager;
  assert.deepEqual(addressesIn(several), {
    url: 'https://api-manager:9443',
    gatewayUrl: 'https://api-manager:8243',
    instances: instances.map((name) => ({ url: `https://${name}:9443`, gatewayUrl: `https://${name}:8243` })),
  });
  assert.ok(!('instances' in addressesIn(single)));
});

test('a drain leaves one of two API Managers, takes one replica of Identity Server at a time, and waits for no single pod', () => {
  const budgets = (stack: RecordedStack) =>
    Object.fromEntries(
      objectsOf(stack, 'PodDisruptionBudget').map(({ name, inputs: { spec } }) => {
        const { selector, unhealthyPodEvictionPolicy, ...bound } = spec;
        assert.deepEqual(selector.matchLabels, {
          'app.kubernetes.io/name': name,
          'app.kubernetes.io/part-of': 'cdr-stack',
        });
        assert.equal(unhealthyPodEvictionPolicy, 'AlwaysAllow');
        return [name, bound];
      }),
    );
  assert.deepEqual(budgets(several), {
    'api-manager': { minAvailable: 1 },
    'identity-server': { maxUnavailable: 1 },
    'dcr-service': { maxUnavailable: 1 },
  });
  assert.deepEqual(Object.keys(budgets(single)), ['dcr-service']);
});

test('instances keep away from each other, though each is of another Deployment', () => {
  for (const name of [...instances, 'identity-server']) {
    const { topologySpreadConstraints: zones, affinity } = podOf(several, name).spec;
    const [zone = assert.fail()] = zones;
    const part = name.replace(/-\d$/, '');
    assert.equal(zone.labelSelector.matchLabels['app.kubernetes.io/name'], part);
    assert.ok(!('app.kubernetes.io/instance' in zone.labelSelector.matchLabels));
    assert.equal('matchLabelKeys' in zone, name === 'identity-server');
    const [{ podAffinityTerm } = assert.fail()] =
      affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    assert.equal(podAffinityTerm.labelSelector.matchLabels['app.kubernetes.io/name'], part);
  }
});

test('replicas of Identity Server are replaced one by one, keep nothing of their own, and may ask who they are', () => {
  const { replicas, strategy } = objectOf(several, 'Deployment', 'identity-server').spec;
  assert.deepEqual(
    [replicas, strategy],
    [3, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }],
  );
  const state = podOf(several, 'identity-server').spec.volumes.find(({ name }) => name === 'state');
  assert.deepEqual(Object.keys(state ?? {}).sort(), ['emptyDir', 'name']);
  assert.ok(!objectsOf(several, 'PersistentVolumeClaim').some(({ name }) => name === 'identity-server'));
  const { rules } = objectOf(several, 'Role', 'identity-server-membership');
  assert.deepEqual(rules, [
    { apiGroups: [''], resources: ['endpoints'], verbs: ['get', 'list'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list'] },
  ]);
  const { roleRef, subjects } = objectOf(several, 'RoleBinding', 'identity-server-membership');
  assert.equal(roleRef.name, 'identity-server-membership');
  assert.deepEqual(
    subjects.map(({ kind, name }) => [kind, name]),
    [['ServiceAccount', 'identity-server']],
  );
});

test("replicas find token, CA and namespace where Kubernetes' clients look, in the server's container alone", () => {
  const { volumes, initContainers } = podOf(several, 'identity-server').spec;
  const { volumeMounts } = serverOf(several, 'identity-server');
  const mount = volumeMounts.find(({ mountPath }) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount');
  assert.ok(mount?.readOnly);
  assert.deepEqual(volumes.find(({ name }) => name === mount.name)?.projected, {
    defaultMode: 0o440,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  });
  for (const { name, volumeMounts: mounts } of initContainers)
    assert.ok(!mounts.some((one) => one.name === mount.name), name);
});

test('a single Identity Server is as it was: one at a time, with a volume, and no word with the cluster', () => {
  assert.deepEqual(objectOf(single, 'Deployment', 'identity-server').spec.strategy, { type: 'Recreate' });
  assert.ok(objectsOf(single, 'PersistentVolumeClaim').some(({ name }) => name === 'identity-server'));
  assert.deepEqual(objectsOf(single, 'Role'), []);
  const { data } = objectOf(single, 'ConfigMap', 'identity-server-configuration');
  assert.doesNotMatch(data['deployment.toml'] ?? '', /clustering/);
});

test('a server is stopped and waited for; one of several serves until no Service sends it requests', () => {
  const hooks = (stack: RecordedStack) =>
    Object.fromEntries(
      Object.keys(podTemplates(stack))
        .filter((name) => /^(api-manager|identity-server)/.test(name))
        .map((name) => {
          const [, , script, seconds] = serverOf(stack, name).lifecycle.preStop.exec.command;
          const { terminationGracePeriodSeconds } = podOf(stack, name).spec;
          assert.ok(terminationGracePeriodSeconds - Number(seconds) >= 50, name);
          return [name, [script, seconds]];
        }),
    );
  assert.deepEqual(hooks(single), {
    'api-manager': ['api-manager.sh', '0'],
    'identity-server': ['wso2server.sh', '0'],
  });
  assert.deepEqual(hooks(several), {
    'api-manager-1': ['api-manager.sh', '10'],
    'api-manager-2': ['api-manager.sh', '10'],
    'identity-server': ['wso2server.sh', '10'],
  });
});

test('an edge balances over both gateways, and keeps who signs in with one Identity Server', async () => {
  const hosts = { gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
  const balanced = await recordStack({ ...settings, ...severalServers, ...hosts, edge: 'loadBalancer' });
  const affinityOf = (name: string) => objectOf(balanced, 'Service', name).spec.sessionAffinity;
  assert.deepEqual([affinityOf('public-gateway'), affinityOf('public-identity-server')], [undefined, 'ClientIP']);
  const routed = await recordStack({
    ...settings,
    ...severalServers,
    ...hosts,
    edge: 'gatewayApi',
    edgeGateway: 'edge/public',
  });
  const backends = routed.resources
    .filter(({ type }) => type.endsWith(':TLSRoute'))
    .map(({ inputs }) => (inputs as { spec: { rules: [{ backendRefs: unknown }] } }).spec.rules[0].backendRefs);
  assert.deepEqual(backends, [
    [{ name: 'api-manager-gateway', port: 8243 }],
    [{ name: 'identity-server', port: 9443 }],
  ]);
});
