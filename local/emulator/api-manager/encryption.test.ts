import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../programs/testing/temporary-directory.ts';
import { openServerHome } from '../server-home.ts';
import { openEncryption } from './encryption.ts';

const symmetric = 'org.wso2.carbon.crypto.provider.SymmetricKeyInternalCryptoProvider';

/** Of a server whose deployment.toml has these members of `[encryption]`. */
function encryptionOf(members: Record<string, string>, keystoreKey?: string) {
  const home = temporaryDirectory();
  mkdirSync(join(home, 'repository', 'conf'), { recursive: true });
  const lines = Object.entries(members).map(([name, value]) => `${name} = "${value}"`);
  writeFileSync(join(home, 'repository', 'conf', 'deployment.toml'), ['[encryption]', ...lines].join('\n'));
  return openEncryption(openServerHome(home, {}), keystoreKey === undefined ? {} : { keystoreKey });
}

test('before 4.7 the key of the keystore encrypts, whatever key is configured', () => {
  const sealed = encryptionOf({ key: 'one' }, 'the keystore').seal('a secret');
  assert.equal(encryptionOf({ key: 'another' }, 'the keystore').open(sealed), 'a secret');
  assert.throws(() => encryptionOf({ key: 'one' }, 'another keystore').open(sealed), /cannot be read/);
});

test('with the symmetric provider it is the configured key, which outlives the keystore', () => {
  const of = (key: string, keystore: string) => encryptionOf({ key, internal_crypto_provider: symmetric }, keystore);
  const sealed = of('ab'.repeat(16), 'the keystore').seal('a secret');
  assert.equal(of('ab'.repeat(16), 'another keystore').open(sealed), 'a secret');
  assert.throws(() => of('cd'.repeat(16), 'the keystore').open(sealed), /cannot be read/);
});

test('with that provider and no key each start makes one, and cannot read what was stored before', () => {
  const start = () => encryptionOf({ internal_crypto_provider: symmetric }, 'the keystore');
  assert.throws(() => start().open(start().seal('a secret')), /cannot be read/);
});

test('4.7 takes 64 hexadecimal digits and nothing else', () => {
  assert.equal(encryptionOf({ key: 'ab'.repeat(32) }).open(encryptionOf({ key: 'ab'.repeat(32) }).seal('x')), 'x');
  assert.throws(() => encryptionOf({ key: 'ab'.repeat(16) }), /must be 64 hexadecimal digits/);
});
