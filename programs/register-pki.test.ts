import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { RunError } from '@pulumi/pulumi';
import { readRegisterPki } from './register-pki.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

test('a directory that is not the PKI of a quick start is named, with its setting', async () => {
  const directory = temporaryDirectory();
  const nowhere = join(directory, 'nowhere');
  assert.throws(
    () => readRegisterPki(nowhere),
    new RunError(`${nowhere} cannot be read (registerPkiDirectory): ENOENT.`),
  );
  await writeFile(join(directory, 'recipient.pem'), '');
  assert.throws(() => readRegisterPki(directory), /\(registerPkiDirectory\): it holds no register\.pem\.$/);
});

test('what is neither a certificate nor a key does not go to the cluster', async () => {
  const directory = temporaryDirectory();
  for (const file of ['register.pem', 'register.key', 'register.jwk.json', 'notes.txt'])
    await writeFile(join(directory, file), file);
  const files = await new Promise((resolve) => readRegisterPki(directory).apply(resolve));
  assert.deepEqual(Object.keys(files as object), ['register.jwk.json', 'register.key', 'register.pem']);
});
