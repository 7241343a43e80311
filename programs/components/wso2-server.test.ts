import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComponentResource, RunError } from '@pulumi/pulumi';
import { parse } from 'smol-toml';
import { generations } from '../products.ts';
import { variablesOf } from '../testing/kubernetes-object.ts';
import { objectOf } from '../testing/recorded-stack.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';
import { createWso2Server, type Wso2Server } from './wso2-server.ts';

const { stack } = await sampleStack();
const servers = ['api-manager', 'identity-server'];
const { apiManager: apiManagerProduct, identityServer: identityServerProduct } = generations['4.7'];
const productOf = { 'api-manager': apiManagerProduct, 'identity-server': identityServerProduct };

interface Configuration {
  server: { hostname: string; offset: number };
  keystore: Record<'tls' | 'primary' | 'internal', { file_name: string; type: string; alias: string }>;
  truststore: { file_name: string; type: string };
}

const tomlOf = (part: string) => objectOf(stack, 'ConfigMap', `${part}-configuration`).data['deployment.toml'] ?? '';
const configurationOf = (part: string) => parse(tomlOf(part)) as unknown as Configuration;

function podOf(part: string) {
  const template = podTemplates(stack)[part];
  const [server] = template?.spec.containers ?? [];
  const [preparation] = template?.spec.initContainers ?? [];
  assert.ok(template && server && preparation);
  return { spec: template.spec, server, preparation };
}

test('a server calls itself by the name of its Service, and keeps its own ports', () => {
  for (const part of servers) {
    const { hostname, offset } = configurationOf(part).server;
    assert.deepEqual({ hostname, offset }, { hostname: part, offset: 0 });
  }
});

test('a server gets exactly the variables that its deployment.toml names, secrets from its Secret, its address from its pod', () => {
  for (const part of servers) {
    const named = [...tomlOf(part).matchAll(/\$env\{(\w+)\}/g)].map(([, name]) => name);
    const { env } = podOf(part).server;
    const given = env.filter(({ valueFrom }) => valueFrom !== undefined);
    assert.deepEqual(new Set(given.map(({ name }) => name)), new Set(named));
    const addresses = given.filter(({ valueFrom }) => valueFrom.fieldRef?.fieldPath === 'status.podIP');
    assert.deepEqual(
      addresses.map(({ name }) => name),
      part === 'identity-server' ? ['NODE_IP'] : [],
    );
    const secret = given.filter((variable) => !addresses.includes(variable));
    const { stringData } = objectOf(stack, 'Secret', `${part}-credentials`);
    for (const { name, valueFrom } of secret) {
      assert.match(valueFrom.secretKeyRef.name, new RegExp(`^${part}-credentials-`));
      assert.ok(stringData[valueFrom.secretKeyRef.key], `${name} is not in the Secret`);
    }
  }
});

test("the init step gets the stores that the server's deployment.toml names", () => {
  for (const part of servers) {
    const { keystore, truststore } = configurationOf(part);
    const { KEYSTORE, TRUSTSTORE, STORE_TYPE, KEY_ALIAS } = variablesOf(podOf(part).preparation);
    assert.deepEqual(
      [KEYSTORE, TRUSTSTORE, STORE_TYPE, KEY_ALIAS],
      [keystore.tls.file_name, truststore.file_name, keystore.tls.type, keystore.tls.alias],
    );
    assert.equal(truststore.type, keystore.tls.type, 'the init step makes both of one type');
  }
});

test('a server signs and encrypts with a key of its own, which a renewal of its TLS does not touch', () => {
  for (const part of servers) {
    const { tls, primary, internal } = configurationOf(part).keystore;
    const { SIGNING_KEYSTORE } = variablesOf(podOf(part).preparation);
    assert.deepEqual([primary.file_name, internal.file_name], [SIGNING_KEYSTORE, SIGNING_KEYSTORE]);
    assert.notEqual(tls.file_name, primary.file_name);
    const { spec, preparation } = podOf(part);
    const mount = preparation.volumeMounts.find(({ mountPath }) => mountPath === '/run/cdr-stack/signing-keystore');
    const volume = spec.volumes.find(({ name }) => name === mount?.name);
    assert.match(volume?.secret?.secretName ?? '', new RegExp(`^${part}-signing-keystore-`));
  }
});

test('without a signing keystore a server has one key for all', async () => {
  const { stack: other } = await sampleStack({ apiManagerSigningKeystore: '', identityServerSigningKeystore: '' });
  for (const part of servers) {
    const toml = objectOf(other, 'ConfigMap', `${part}-configuration`).data['deployment.toml'] ?? '';
    const { keystore } = parse(toml) as unknown as Configuration;
    assert.deepEqual(keystore.primary, keystore.tls);
    assert.equal(keystore.internal, undefined);
    const [preparation] = podTemplates(other)[part]?.spec.initContainers ?? [];
    assert.ok(preparation && !('SIGNING_KEYSTORE' in variablesOf(preparation)));
  }
});

test("recipients' truststore is one that no other purpose has", () => {
  const { RECIPIENTS_TRUSTSTORE } = variablesOf(podOf('api-manager').preparation);
  assert.equal(RECIPIENTS_TRUSTSTORE, 'recipients-truststore.jks');
  assert.notEqual(RECIPIENTS_TRUSTSTORE, configurationOf('api-manager').truststore.file_name);
});

test('the scripts that a pod runs, before the server and to end it, and those that they call are all there', () => {
  for (const part of servers) {
    const scripts = objectOf(stack, 'ConfigMap', `${part}-init`).data;
    const { server, preparation } = podOf(part);
    const entries = [preparation, server.lifecycle.preStop.exec].map(({ command: [, script = ''] }) => script);
    for (const entry of entries) assert.match(entry, /^\/run\/cdr-stack\/init\//);
    assert.ok(server.volumeMounts.some(({ mountPath }) => mountPath === '/run/cdr-stack/init'));
    const called = Object.values(scripts).flatMap((script) =>
      [...script.matchAll(/^ *sh "\$init\/([\w-]+\.sh)"/gm)].map(([, name = '']) => name),
    );
    const names = entries.map((entry) => entry.replace(/^.*\//, ''));
    assert.deepEqual(new Set([...names, ...called]), new Set(Object.keys(scripts)));
  }
});

test("the init step runs in the server's own image and writes where the image's entrypoint looks", () => {
  for (const part of servers) {
    const { server, preparation } = podOf(part);
    assert.equal(preparation.image, server.image);
    const overlay = '/home/wso2carbon/wso2-config-volume';
    assert.equal(variablesOf(preparation).CONFIG_VOLUME, overlay);
    const places = [server, preparation].map(
      ({ volumeMounts }) => volumeMounts.find(({ mountPath }) => mountPath === overlay)?.name,
    );
    assert.deepEqual(places, ['home-overlay', 'home-overlay']);
  }
});

test("a server's state is on its volume, where the image keeps its databases", () => {
  const homes = { 'api-manager': 'wso2am-4.7.0', 'identity-server': 'wso2is-7.3.0' };
  for (const [part, home] of Object.entries(homes)) {
    const { spec, server } = podOf(part);
    const mount = server.volumeMounts.find(({ name }) => name === 'state');
    assert.equal(mount?.mountPath, `/home/wso2carbon/${home}/repository/database`);
    const volume = spec.volumes.find(({ name }) => name === 'state');
    assert.equal(volume?.persistentVolumeClaim.claimName, part);
  }
});

test('a configuration that the linter refuses deploys nothing, and every finding is said at once', () => {
  for (const part of ['api-manager', 'identity-server'] as const) {
    const untouchable = undefined as unknown as ComponentResource;
    const deploymentToml = tomlOf(part)
      .replace('"$env{WSO2_ADMIN_PASSWORD}"', '"a password"')
      .replace('"$env{WSO2_TRUSTSTORE_PASSWORD}"', '"another"');
    const server = { part, product: productOf[part], instances: [{ deploymentToml }] } as unknown as Wso2Server;
    assert.throws(
      () => createWso2Server(untouchable, server),
      (error) => {
        assert.ok(error instanceof RunError);
        assert.match(error.message, new RegExp(`rendered for ${part} is not usable`));
        assert.match(error.message, /super_admin\.password holds a secret in clear/);
        assert.match(error.message, /truststore\.password holds a secret in clear/);
        assert.doesNotMatch(error.message, /a password/);
        return true;
      },
    );
  }
});

test('of a server that is one of several the linter asks what that needs, whether by instances or by replicas', () => {
  const untouchable = undefined as unknown as ComponentResource;
  const refuses = (server: { part: keyof typeof productOf }, message: RegExp) => {
    const product = productOf[server.part];
    assert.throws(() => createWso2Server(untouchable, { product, ...server } as unknown as Wso2Server), { message });
  };
  const [apiManager, identityServer] = servers.map((part) => ({ deploymentToml: tomlOf(part) }));
  refuses({ part: 'api-manager', ...{ instances: [apiManager, apiManager] } }, /apim\.event_hub\.event_duplicate_url/);
  refuses(
    { part: 'identity-server', ...{ instances: [identityServer], replicas: 2 } },
    /clustering\.membership_scheme/,
  );
});
