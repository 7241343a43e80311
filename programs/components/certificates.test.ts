import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variablesOf } from '../testing/kubernetes-object.ts';
import { objectOf, objectsOf, type RecordedStack, recordStack } from '../testing/recorded-stack.ts';
import { deployedDatabase, issuedByCertManager } from '../testing/sample-settings.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';

const database = { ...deployedDatabase, postgresCertificate: '', postgresKey: '' };
const { stack, settings } = await sampleStack({ ...issuedByCertManager, ...database, gatewayHost: '' });

interface Certificate {
  metadata: { name: string; namespace: string; annotations: Record<string, string> };
  spec: {
    secretName: string;
    issuerRef: unknown;
    commonName: string;
    dnsNames: string[];
    duration: string;
    renewBefore: string;
    privateKey: { rotationPolicy: string };
    usages: string[];
    keystores?: { pkcs12: { create: boolean; profile: string; passwordSecretRef: { name: string; key: string } } };
  };
}

const certificatesOf = ({ resources }: RecordedStack) =>
  resources
    .filter(({ type }) => type === 'kubernetes:cert-manager.io/v1:Certificate')
    .map(({ inputs }) => inputs as Certificate)
    .sort((one, other) => one.metadata.name.localeCompare(other.metadata.name));

test('every server has a Certificate by the names that others call it by, from the declared issuer', () => {
  const certificates = certificatesOf(stack);
  assert.deepEqual(
    certificates.map(({ metadata, spec }) => [metadata.name, spec.dnsNames]),
    [
      // Portals call their own server by the name localhost.
      ['api-manager', ['api-manager', 'gateway.data-holder.example', 'localhost', 'api-manager.cdr-local.svc']],
      ['database', ['database', 'database.cdr-local.svc']],
      ['dcr-service', ['dcr-service', 'dcr-service.cdr-local.svc']],
      ['identity-server', ['identity-server', 'identity-server.cdr-local.svc']],
    ],
  );
  for (const { metadata, spec } of certificates) {
    assert.equal(metadata.namespace, 'cdr-local');
    assert.equal(metadata.annotations['pulumi.com/waitFor'], 'condition=Ready');
    assert.deepEqual(spec.issuerRef, { kind: 'ClusterIssuer', group: 'cert-manager.io', name: 'internal-ca' });
    assert.equal(spec.commonName, metadata.name);
    assert.equal(spec.privateKey.rotationPolicy, 'Always');
    assert.ok(spec.usages.includes('server auth') && spec.usages.includes('client auth'));
    assert.ok(Number.parseInt(spec.renewBefore, 10) < Number.parseInt(spec.duration, 10));
  }
});

test('only servers that read Java stores get a keystore, under the password of the stores', () => {
  const withKeystore = certificatesOf(stack).filter(({ spec }) => spec.keystores !== undefined);
  assert.deepEqual(
    withKeystore.map(({ metadata }) => metadata.name),
    ['api-manager', 'identity-server'],
  );
  for (const { spec } of withKeystore) {
    const { create, profile, passwordSecretRef } = spec.keystores?.pkcs12 ?? assert.fail('no keystore');
    assert.deepEqual([create, profile, passwordSecretRef.key], [true, 'Modern2023', 'password']);
    assert.match(passwordSecretRef.name, /^certificates-keystore-password-/);
  }
  const { stringData } = objectOf(stack, 'Secret', 'certificates-keystore-password');
  assert.deepEqual(stringData, { password: settings.storePassword });
});

test("pods mount cert-manager's Secrets, and the program makes none with a key of TLS", () => {
  for (const [part, volume] of [
    ['api-manager', 'keystore'],
    ['identity-server', 'keystore'],
    ['dcr-service', 'tls'],
    ['database', 'tls'],
  ] as const) {
    const mounted = podTemplates(stack)[part]?.spec.volumes.find(({ name }) => name === volume);
    assert.equal(mounted?.secret.secretName, `${part}-certificate`, part);
  }
  const made = objectsOf(stack, 'Secret').map(({ name }) => name);
  assert.deepEqual(
    made.filter((name) => /(-tls|[a-z]-keystore)$/.test(name) && !name.endsWith('-signing-keystore')),
    [],
  );
});

test('the init step takes the key from a keystore in which it has no name', () => {
  for (const part of ['api-manager', 'identity-server']) {
    const [preparation] = podTemplates(stack)[part]?.spec.initContainers?.slice(-1) ?? [];
    assert.ok(preparation);
    assert.equal(variablesOf(preparation).KEYSTORE_SOURCE_ALIAS, 'any');
  }
});

test('a renewal rolls the servers that read certificates at start only, and no other', async () => {
  const templates = (of: RecordedStack) =>
    Object.entries(podTemplates(of)).map(([part, template]) => [part, JSON.stringify(template)] as const);
  const before = new Map(templates(stack));
  const rolledBy = async (issued?: { notBefore: string; notAfter: string }) =>
    templates(await recordStack(settings, 'local', issued))
      .filter(([part, template]) => before.get(part) !== template)
      .map(([part]) => part)
      .sort();
  assert.deepEqual(await rolledBy(), []);
  assert.deepEqual(await rolledBy({ notBefore: '2026-12-31T00:00:00Z', notAfter: '2027-03-31T00:00:00Z' }), [
    'api-manager',
    'database',
    'identity-server',
  ]);
});

test("where recipients are to see a certificate of the CDR's CA, API Manager's keystore is given", async () => {
  const { stack: mixed } = await sampleStack({
    ...issuedByCertManager,
    gatewayCertificateIssuer: 'recipients',
    apiManagerKeystore: settings.identityServerSigningKeystore ?? '',
  });
  assert.deepEqual(
    certificatesOf(mixed).map(({ metadata }) => metadata.name),
    ['dcr-service', 'identity-server'],
  );
  const { data } = objectOf(mixed, 'Secret', 'api-manager-keystore');
  assert.deepEqual(data, { 'keystore.p12': settings.identityServerSigningKeystore });
  assert.ok(!('cdr-stack/certificate' in (podTemplates(mixed)['api-manager']?.metadata.annotations ?? {})));
});

test('public hosts are in the certificates of the servers behind them; an issuer may be of another group', async () => {
  const { stack: other } = await sampleStack({
    ...issuedByCertManager,
    certificateIssuer: 'AWSPCAClusterIssuer.awspca.cert-manager.io/pca',
    edge: 'loadBalancer',
    gatewayHost: 'mtls.holder.example',
    identityHost: 'id.holder.example',
    recipientHost: 'recipients.holder.example',
    identityIngressClass: 'public',
  });
  const names = Object.fromEntries(certificatesOf(other).map(({ metadata, spec }) => [metadata.name, spec.dnsNames]));
  assert.ok(names['api-manager']?.includes('mtls.holder.example'));
  for (const host of ['id.holder.example', 'recipients.holder.example'])
    assert.ok(names['identity-server']?.includes(host), host);
  assert.deepEqual(certificatesOf(other)[0]?.spec.issuerRef, {
    kind: 'AWSPCAClusterIssuer',
    group: 'awspca.cert-manager.io',
    name: 'pca',
  });
});

test('two API Managers have one certificate, with the names of both', async () => {
  const { stack: pair } = await sampleStack({ ...issuedByCertManager, ...database, apiManagerInstances: '2' });
  const [apiManager] = certificatesOf(pair);
  assert.deepEqual(apiManager?.spec.dnsNames.slice(0, 3), ['api-manager', 'api-manager-1', 'api-manager-2']);
});
