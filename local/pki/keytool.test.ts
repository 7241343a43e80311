import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKeytool, keytool } from './keytool.ts';

const skip = findKeytool() ? false : 'no keytool on the PATH: install a Java runtime to run this';

test('keytool opens files in a directory whose name is not ASCII', { skip }, async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'cdr-keytool-'));
  t.after(() => rm(parent, { recursive: true }));
  const directory = join(parent, 'Zürich 世界');
  await mkdir(directory);
  const store = ['-keystore', join(directory, 'store.p12'), '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD'];
  const passwords = { STORE_PASSWORD: 'correct horse 7' };
  await keytool(['-genkeypair', '-alias', 'own', '-keyalg', 'EC', '-dname', 'CN=localhost', ...store], passwords);
  assert.match(await keytool(['-list', ...store], passwords), /own, .*PrivateKeyEntry/);
});
