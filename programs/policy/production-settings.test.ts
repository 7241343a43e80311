import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunError, runtime } from '@pulumi/pulumi';
import { readSettings } from '../settings.ts';
import { configure, recordStack } from '../testing/recorded-stack.ts';
import { deployedDatabase, productionSettings } from '../testing/sample-settings.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { productionFaults, requireFitSettings } from './production-settings.ts';

await runtime.setMocks({ newResource: () => ({ id: '', state: {} }), call: () => ({}) }, 'cdr-stack', 'prod');
const fit = await productionSettings(temporaryDirectory());

function settingsOf(changes: Record<string, string>) {
  configure({ ...fit, ...changes });
  return readSettings();
}

const kms = 'secretsprovider: awskms://alias/cdr-stack\nencryptedkey: abc\n';
const faultsOf = (changes: Record<string, string>, stackFile = kms, now = new Date()) =>
  productionFaults(settingsOf(changes), { stackFile, now }).map(([key, message]) => `${key} ${message}`);

test('settings that are fit for production have no fault', () => assert.deepEqual(faultsOf({}), []));

const unfit: [changes: Record<string, string>, fault: RegExp][] = [
  [{ database: 'embedded', databaseHost: '' }, /^database is embedded: /],
  [{ ...deployedDatabase, databaseHost: '', jdbcDriverUrl: '', jdbcDriverSha256: '' }, /^database is deployed: /],
  [{ databaseTls: 'none' }, /^databaseTls is none: /],
  [{ size: 'emulator' }, /^size is emulator: /],
  [{ registerImage: 'emulator:a1', registerPkiDirectory: '.' }, /^registerImage is set: /],
  [{ apiManagerSigningKeystore: '' }, /^apiManagerSigningKeystore is not set: /],
  [{ identityServerSigningKeystore: '' }, /^identityServerSigningKeystore is not set: /],
  [{ revocation: 'off' }, /^revocation is off: /],
  [{ allowedPrivateNetworks: '["10.0.0.0/8"]' }, /^allowedPrivateNetworks is not empty: /],
];
for (const [changes, fault] of unfit) {
  test(`${JSON.stringify(changes).slice(0, 40)} is refused by its key`, () => {
    const [found, ...others] = faultsOf(changes);
    assert.match(found ?? '', fault);
    assert.deepEqual(others, []);
  });
}

test('a passphrase as secrets provider is refused', () => {
  assert.match(
    faultsOf({}, 'encryptionsalt: v1:abc=\n').join(),
    /^production is true, but the stack is encrypted by a pass/,
  );
});

test('a certificate with less than thirty days left is refused with its subject and its last day', () => {
  const [found = ''] = faultsOf({}, kms, new Date(Date.now() + 365 * 100 * 86_400_000));
  assert.match(found, /^dcrServiceCertificate holds a certificate \(.*CN=.*\) that ends on \d{4}-\d\d-\d\d: /);
});

test('all faults are told at once', () => {
  requireFitSettings(settingsOf({}));
  assert.throws(
    () => requireFitSettings(settingsOf({ database: 'embedded', databaseHost: '', revocation: 'off' })),
    (error) =>
      error instanceof RunError &&
      /prod is marked production[\s\S]*database is[\s\S]*revocation is/.test(error.message),
  );
});

test('a program refuses a stack that is marked production before it makes anything, and makes another', async () => {
  const changes = { ...fit, revocation: 'off' };
  assert.ok((await recordStack(changes, 'prod')).resources.length > 0);
  await assert.rejects(recordStack({ ...changes, production: 'true' }, 'prod'), /revocation is off/);
});
