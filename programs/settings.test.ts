import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isSecret, Output, runtime } from '@pulumi/pulumi';
import { parse } from 'yaml';
import { readSettings, settingKeys } from './settings.ts';
import { configure } from './testing/recorded-stack.ts';
import { canaries, sampleSettings } from './testing/sample-settings.ts';

let directory: string;
let settings: Record<string, string>;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-settings-'));
  settings = await sampleSettings(directory);
  await runtime.setMocks({ newResource: () => ({ id: '', state: {} }), call: () => ({}) }, 'cdr-stack', 'local');
});
after(() => rm(directory, { recursive: true }));

/** The faults of these settings, one a line, without the heading. */
function faultsOf(config: Record<string, string>): string[] {
  configure(config);
  try {
    readSettings();
    return [];
  } catch (error) {
    assert.ok(error instanceof Error);
    const [heading, ...faults] = error.message.split('\n');
    assert.equal(heading, 'The settings of stack local are not usable:');
    return faults.map((fault) => fault.trim());
  }
}

const without = (...keys: string[]) =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));

test('Pulumi.yaml declares exactly the settings that are read, each with a description, and every secret as one', () => {
  const { config } = parse(readFileSync(new URL('../Pulumi.yaml', import.meta.url), 'utf8')) as {
    config: Record<string, { description?: string; secret?: boolean; default?: unknown }>;
  };
  assert.deepEqual(Object.keys(config).sort(), [...settingKeys].sort());
  for (const [key, { description, secret, default: value }] of Object.entries(config)) {
    assert.ok(description?.endsWith('.'), `${key} is not described in a sentence`);
    assert.equal(secret === true, key in canaries, key);
    if (secret) assert.equal(value, undefined, `${key} is secret and has a default`);
  }
});

test("secrets stay Pulumi's secrets; everything else is plain", async () => {
  configure(settings);
  for (const [key, value] of Object.entries(readSettings()))
    assert.equal(Output.isInstance(value) && (await isSecret(value)), key in canaries, key);
});

test('a stack has its namespace and its trust by its own name, unless it says otherwise', () => {
  configure({ ...settings, trustDirectory: '' });
  const own = readSettings();
  const project = fileURLToPath(new URL('..', import.meta.url));
  assert.deepEqual([own.namespace, own.trustDirectory], ['cdr-local', resolve(project, 'stacks/local/trust')]);
  configure({ ...settings, namespace: 'elsewhere', trustDirectory: 'trust' });
  const told = readSettings();
  assert.deepEqual([told.namespace, told.trustDirectory], ['elsewhere', resolve(project, 'trust')]);
});

test('every fault is told at once, by its key', () => {
  assert.deepEqual(
    faultsOf({
      ...without('kubernetes:context', 'storePassword', 'dcrServiceImage'),
      apiManagerImag: 'emulator:a1',
      generation: '4.1',
      colour: 'blue',
    }),
    [
      'apiManagerImag is no setting: did you mean apiManagerImage?',
      'colour is no setting; Pulumi.yaml lists all.',
      'kubernetes:context is not set: name the context of the cluster (pulumi config set kubernetes:context NAME); the current one is never taken by itself.',
      'generation must be one of: 4.7, 4.2.',
      'dcrServiceImage is not set: name the image of dcr-service, built from dcr-service/Dockerfile.',
      'storePassword is not set: set it with pulumi config set --secret.',
    ],
  );
});

test('a setting that is of no use is refused with what would be', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ namespace: 'CDR local' }, /^namespace must be a Kubernetes name/],
    [{ namespace: 'x'.repeat(64) }, /^namespace must be a Kubernetes name/],
    [{ size: 'large' }, /^size must be one of: emulator, standard\.$/],
    [{ apiManagerImage: 'wso2/wso2am' }, /^apiManagerImage needs a tag other than latest/],
    [{ apiManagerImage: 'registry.example:5000/wso2am' }, /^apiManagerImage needs a tag/],
    [{ apiManagerImage: 'wso2/wso2am:latest' }, /^apiManagerImage needs a tag/],
    [{ registerPkiDirectory: '' }, /^registerPkiDirectory is empty: a stack with registerImage/],
    [{ administrator: ' ' }, /^administrator is empty/],
    [{ apiManagerPassword: 'wso2carbon' }, /^apiManagerPassword is a default that everybody knows/],
    [{ storePassword: 'short' }, /^storePassword is too short/],
    [{ encryptionKey: 'secret' }, /^encryptionKey must be 64 hexadecimal digits/],
    [{ apiManagerKeystore: '{"not": "base64"}' }, /^apiManagerKeystore is not base64/],
    [{ dcrServiceCertificate: 'certificate' }, /^dcrServiceCertificate is no certificate/],
    [{ dcrServiceKey: 'key' }, /^dcrServiceKey is no private key/],
    [{ gatewayCertificateNames: '[]' }, /^gatewayCertificateNames is empty/],
    [{ gatewayCertificateNames: 'gateway.example' }, /^gatewayCertificateNames must be a list/],
    [{ gatewayCertificateIssuer: 'us' }, /^gatewayCertificateIssuer must be one of: recipients, servers\.$/],
    [{ registerJwksUrl: 'http://register/jwks' }, /^registerJwksUrl must be an https URL/],
    [{ allowedPrivateNetworks: '["10.0.0.0"]' }, /^allowedPrivateNetworks must be networks in CIDR form/],
    [{ allowedPrivateNetworks: '["10.0.0.0/33"]' }, /^allowedPrivateNetworks must be networks/],
  ];
  for (const [change, message] of cases) {
    const faults = faultsOf({ ...settings, ...change });
    assert.equal(faults.length, 1, JSON.stringify([change, faults]));
    assert.match(faults[0] ?? '', message);
  }
});

test('a fault never shows the value of a secret', () => {
  const unusable = Object.fromEntries(Object.keys(canaries).map((key) => [key, '!?x']));
  const faults = faultsOf({ ...settings, ...unusable }).join('\n');
  assert.ok(!faults.includes('!?x'), faults);
});

test('images by digest and with a registry that has a port are fine', () => {
  for (const image of ['registry.example:5000/wso2am:4.7.0', `wso2/wso2am@sha256:${'0'.repeat(64)}`])
    assert.deepEqual(faultsOf({ ...settings, apiManagerImage: image }), []);
});
