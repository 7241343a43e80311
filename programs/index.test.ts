import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOutputs } from './outputs.ts';
import { variablesOf } from './testing/kubernetes-object.ts';
import { objectOf, objectsOf, recordStack } from './testing/recorded-stack.ts';
import { sampleCertificates } from './testing/sample-certificates.ts';
import { podTemplates, sampleStack } from './testing/sample-stack.ts';

// Under mocks nothing proves that Kubernetes accepts these objects; that is for the cluster's tests.
const { stack, settings } = await sampleStack();

test('the stack is exactly these objects, each beneath its component', () => {
  const wso2Server = (component: string, part: string) => [
    [component, 'ConfigMap', `${part}-configuration`],
    [component, 'ConfigMap', `${part}-init`],
    [component, 'Secret', `${part}-credentials`],
    [component, 'Secret', `${part}-keystore`],
    [component, 'Secret', `${part}-signing-keystore`],
    [component, 'PersistentVolumeClaim', part],
    [component, 'ServiceAccount', part],
    [component, 'Service', part],
    [component, 'Deployment', part],
  ];
  const expected = [
    ['Namespace', 'Namespace', 'namespace'],
    ...['default-deny', 'api-manager', 'identity-server', 'dcr-service', 'register'].map((name) => [
      'NetworkPolicies',
      'NetworkPolicy',
      name,
    ]),
    ['RegistryCredentials', 'Secret', 'registry-credentials'],
    ['Trust', 'ConfigMap', 'trust-recipients'],
    ['Trust', 'ConfigMap', 'trust-servers'],
    ...wso2Server('IdentityServer', 'identity-server'),
    ...wso2Server('ApiManager', 'api-manager'),
    ['DcrService', 'Secret', 'dcr-service-tls'],
    ['DcrService', 'Secret', 'dcr-service-credentials'],
    ['DcrService', 'ConfigMap', 'dcr-service-trust'],
    ['DcrService', 'PersistentVolumeClaim', 'dcr-service'],
    ['DcrService', 'ServiceAccount', 'dcr-service'],
    ['DcrService', 'Service', 'dcr-service'],
    ['DcrService', 'Deployment', 'dcr-service'],
    ['ServiceUsers', 'Secret', 'service-users-credentials'],
    ['Register', 'Secret', 'register-pki'],
    ['Register', 'ServiceAccount', 'register'],
    ['Register', 'Service', 'register'],
    ['Register', 'Service', 'recipient'],
    ['Register', 'Deployment', 'register'],
  ];
  // urn:pulumi:<stack>::<project>::<parent's type>$<type>::<name>
  const found = stack.urns
    .map((urn) => urn.split('::'))
    .filter(([, , type]) => type?.includes('kubernetes:'))
    .map(([, , type = '', name]) => [...type.split('$').map((part) => part.replace(/^.*:/, '')), name]);
  assert.deepEqual(found.map(String).sort(), expected.map(String).sort());
});

test('everything is in the namespace of the stack, which lets only hardened pods in', () => {
  const { name, labels } = objectOf(stack, 'Namespace', 'namespace').metadata;
  assert.equal(name, 'cdr-local');
  assert.equal(labels['pod-security.kubernetes.io/enforce'], 'restricted');
  for (const kind of [
    'ConfigMap',
    'Deployment',
    'NetworkPolicy',
    'PersistentVolumeClaim',
    'Secret',
    'Service',
    'ServiceAccount',
  ] as const)
    for (const object of objectsOf(stack, kind))
      assert.equal(object.inputs.metadata.namespace, 'cdr-local', `${kind} ${object.name}`);
});

test('the Services answer to the names and ports by which the parts call each other', () => {
  const services = objectsOf(stack, 'Service').map(({ inputs: { metadata, spec } }) => [
    metadata.name,
    { ports: spec.ports.map(({ port }) => port), selects: spec.selector['app.kubernetes.io/name'] },
  ]);
  assert.deepEqual(Object.fromEntries(services), {
    'api-manager': { ports: [9443, 8243], selects: 'api-manager' },
    'identity-server': { ports: [9443], selects: 'identity-server' },
    'dcr-service': { ports: [8443], selects: 'dcr-service' },
    register: { ports: [8443], selects: 'register' },
    recipient: { ports: [8444], selects: 'register' },
  });
  for (const [name, { metadata }] of Object.entries(podTemplates(stack)))
    assert.equal(metadata.labels['app.kubernetes.io/name'], name);
});

test('a server whose state has one writer is replaced only when its predecessor is gone', () => {
  for (const { name, inputs } of objectsOf(stack, 'Deployment')) {
    assert.equal(inputs.spec.replicas, 1, name);
    assert.equal(inputs.spec.strategy.type, 'Recreate', name);
  }
});

test('dcr-service gets every address inside the cluster, and passwords as files', () => {
  const [container] = podTemplates(stack)['dcr-service']?.spec.containers ?? [];
  assert.ok(container);
  const told = variablesOf(container);
  assert.equal(told.DCR_ISSUER, 'https://identity-server:9443/oauth2/token');
  assert.equal(told.DCR_REGISTER_JWKS_URL, 'https://register:8443/cdr-register/v1/jwks');
  assert.equal(told.DCR_ALLOWED_PRIVATE_ADDRESSES, '10.244.0.0/16,10.96.0.0/12');
  assert.equal(told.DCR_GATEWAY_NAMES, 'gateway.data-holder.example');
  assert.ok(!('DCR_IS_PASSWORD' in told) && !('DCR_APIM_PASSWORD' in told));
  const { data } = objectOf(stack, 'ConfigMap', 'dcr-service-trust');
  assert.equal(data['gateway.pem'], sampleCertificates.cdrIssuing + sampleCertificates.cdrRoot);
});

test('the outputs are what the scripts read', () => {
  const outputs = parseOutputs(stack.outputs);
  assert.equal(outputs.namespace, 'cdr-local');
  assert.equal(outputs.identityServer.issuer, 'https://identity-server:9443/oauth2/token');
  assert.equal(outputs.trust.recipients, sampleCertificates.cdrIssuing + sampleCertificates.cdrRoot);
  assert.equal(outputs.next, 'npm run provision');
});

test("a stack without the Register's image has no Register, and its servers get the room of WSO2's", async () => {
  const production = await recordStack(
    { ...settings, registerImage: '', registerPkiDirectory: '', size: 'standard' },
    'prod',
  );
  assert.equal(objectOf(production, 'Namespace', 'namespace').metadata.name, 'cdr-prod');
  const pods = podTemplates(production);
  assert.deepEqual(Object.keys(pods).sort(), ['api-manager', 'dcr-service', 'identity-server']);
  const [server] = pods['api-manager']?.spec.containers ?? [];
  assert.ok(server);
  assert.equal(variablesOf(server).JVM_MEM_OPTS, '-Xms2048m -Xmx2048m');
  const { periodSeconds, failureThreshold } = server.startupProbe;
  assert.ok(periodSeconds * failureThreshold >= 300, 'WSO2 API Manager may take five minutes to start');
});
