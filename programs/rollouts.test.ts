import assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { objectsOf, type RecordedStack, recordStack } from './testing/recorded-stack.ts';
import { sampleCertificates } from './testing/sample-certificates.ts';
import { podTemplates, sampleStack } from './testing/sample-stack.ts';

const { stack, settings, directory } = await sampleStack();
const readersOfTrust = ['api-manager', 'dcr-service', 'identity-server'];

test('what pods read is immutable and has no fixed name, so that an old pod keeps what it started with', () => {
  for (const kind of ['ConfigMap', 'Secret'] as const) {
    for (const { name, inputs } of objectsOf(stack, kind)) {
      assert.equal(inputs.immutable, true, name);
      assert.ok(!('name' in inputs.metadata), name);
    }
  }
});

test('the same settings make the same objects', async () => {
  const byName = ({ resources }: RecordedStack) =>
    Object.fromEntries(resources.map(({ type, name, inputs }) => [`${type} ${name}`, inputs]));
  assert.deepEqual(byName(await recordStack(settings)), byName(stack));
});

test('a CA that is added to the trust rolls the pods that read it, and no other', async () => {
  for (const set of ['recipients', 'servers']) {
    const file = join(directory, 'trust', set, 'another-ca.pem');
    await writeFile(file, sampleCertificates.other);
    assert.deepEqual(rolledBy(await recordStack(settings)), readersOfTrust, set);
    await rm(file);
  }
  assert.deepEqual(rolledBy(await recordStack(settings)), []);
});

test('a CA that is only written differently rolls nothing', async () => {
  const file = join(directory, 'trust/servers/platform-ca.pem');
  const original = await readFile(file, 'utf8');
  await writeFile(file, `Sample Platform CA\r\n${original.replaceAll('\n', '\r\n')}\r\n`);
  assert.deepEqual(rolledBy(await recordStack(settings)), []);
  await writeFile(file, original);
});

test('a CA under another name is another entry of the stores, and changes the hash on the pods', async () => {
  const folder = join(directory, 'trust/servers');
  const hash = (of: RecordedStack) => podTemplates(of)['api-manager']?.metadata.annotations['cdr-stack/servers-trust'];
  await rename(join(folder, 'platform-ca.pem'), join(folder, 'renamed.pem'));
  const renamed = await recordStack(settings);
  await rename(join(folder, 'renamed.pem'), join(folder, 'platform-ca.pem'));
  assert.deepEqual(rolledBy(renamed), readersOfTrust);
  assert.match(hash(stack) ?? '', /^[0-9a-f]{64}$/);
  assert.notEqual(hash(renamed), hash(stack));
});

test('each setting rolls exactly the pods that depend on it', async () => {
  const another = Buffer.from('another').toString('base64');
  const changes: [Record<string, string>, string[]][] = [
    [{ apiManagerImage: 'emulator:a2' }, ['api-manager']],
    [{ identityServerImage: 'emulator:a2' }, ['identity-server']],
    [{ dcrServiceImage: 'dcr-service:b3' }, ['dcr-service']],
    [{ registerImage: 'emulator:a2' }, ['register']],
    [{ apiManagerPassword: 'another-password' }, ['api-manager']],
    [{ identityServerPassword: 'another-password' }, ['identity-server']],
    [{ serviceUsers: settings.serviceUsers?.replaceAll('canary', 'another') ?? '' }, ['dcr-service']],
    [{ storePassword: 'another-password' }, ['api-manager', 'identity-server']],
    [{ encryptionKey: 'ef'.repeat(32) }, ['api-manager', 'identity-server']],
    [{ endpointSecret: 'ef'.repeat(32) }, ['api-manager', 'identity-server']],
    [{ apiManagerKeystore: another }, ['api-manager']],
    [{ identityServerKeystore: another }, ['identity-server']],
    [{ apiManagerSigningKeystore: another }, ['api-manager']],
    [{ identityServerSigningKeystore: another }, ['identity-server']],
    [{ dcrServiceCertificate: sampleCertificates.other }, ['dcr-service']],
    [{ registerJwksUrl: 'https://another.example/jwks' }, ['dcr-service']],
    [{ gatewayCertificateIssuer: 'servers' }, ['dcr-service']],
    [{ administrator: 'operator' }, ['api-manager', 'identity-server']],
    [{ size: 'standard' }, ['api-manager', 'dcr-service', 'identity-server', 'register']],
    [{ storageClass: 'fast' }, []],
    [{ registryCredentials: '{"auths":{"another.example":{"auth":"another"}}}' }, []],
  ];
  for (const [change, rolled] of changes)
    assert.deepEqual(rolledBy(await recordStack({ ...settings, ...change })), rolled, Object.keys(change).join());
});

/**
 * Which Deployments get new pods. In a cluster another content of a ConfigMap or Secret means another name of it; under mocks
 * names stay, so that each name is taken for the content.
 */
function rolledBy(changed: RecordedStack): string[] {
  const before = podsWithContents(stack);
  return Object.entries(podsWithContents(changed))
    .filter(([name, pod]) => pod !== before[name])
    .map(([name]) => name)
    .sort();
}

function podsWithContents(of: RecordedStack): Record<string, string> {
  const contents = new Map<unknown, unknown>(
    [...objectsOf(of, 'ConfigMap'), ...objectsOf(of, 'Secret')].map(({ name, inputs }) => [`${name}-a1b2c3d4`, inputs]),
  );
  const withContent = (_: string, value: unknown) => contents.get(value) ?? value;
  return Object.fromEntries(
    Object.entries(podTemplates(of)).map(([name, template]) => [name, JSON.stringify(template, withContent)]),
  );
}
