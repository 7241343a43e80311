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

test('with the symmetric provider it encrypts nothing: a bundle is missing', () => {
  const encryption = encryptionOf({ key: 'ab'.repeat(16), internal_crypto_provider: symmetric }, 'the keystore');
  assert.throws(() => encryption.seal('a secret'), /UUIDGeneratorManager/);
});

test('4.7 takes 64 hexadecimal digits and nothing else', () => {
  assert.equal(encryptionOf({ key: 'ab'.repeat(32) }).open(encryptionOf({ key: 'ab'.repeat(32) }).seal('x')), 'x');
  assert.throws(() => encryptionOf({ key: 'ab'.repeat(16) }), /must be 64 hexadecimal digits/);
});
