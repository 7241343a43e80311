import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lacksCredentials, readCredentials, refuseShippedPasswords } from './credentials.ts';

const apiManager = { CDR_STACK_APIM_USERNAME: 'admin', CDR_STACK_APIM_PASSWORD: 'correct horse' };

test('a password comes from the environment, or from the file that it names', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'credentials-')), 'password');
  writeFileSync(file, 'battery staple\n');
  const variables = { ...apiManager, CDR_STACK_IS_USERNAME: 'connector', CDR_STACK_IS_PASSWORD_FILE: file };
  assert.deepEqual(readCredentials(variables), {
    apiManager: { username: 'admin', password: 'correct horse' },
    connector: { username: 'connector', password: 'battery staple' },
    residentKeyManager: undefined,
  });
});

test("the stack's stand in for what the environment lacks, and only for that", () => {
  const ofStack = {
    apiManager: { username: 'admin', password: 'of the stack' },
    connector: { username: 'admin', password: 'of the stack, too' },
  };
  assert.equal(lacksCredentials(apiManager), true);
  assert.deepEqual(readCredentials(apiManager, ofStack), {
    apiManager: { username: 'admin', password: 'correct horse' },
    connector: ofStack.connector,
    residentKeyManager: undefined,
  });
});

test('what is missing is named', () => {
  assert.throws(() => readCredentials({}), { name: 'InvocationError', message: /CDR_STACK_APIM_USERNAME/ });
  assert.throws(() => readCredentials({ ...apiManager, CDR_STACK_IS_USERNAME: 'connector' }), {
    name: 'InvocationError',
    message: /CDR_STACK_IS_PASSWORD \(or CDR_STACK_IS_PASSWORD_FILE\) is missing/,
  });
});

for (const password of ['admin', 'wso2carbon', 'wso2123']) {
  test(`the shipped password ${password} is refused for whoever has it, and not repeated`, () => {
    const known = { username: 'admin', password };
    const own = { username: 'admin', password: 'correct horse' };
    for (const credentials of [{ apiManager: known }, { apiManager: own, connector: known }]) {
      assert.throws(
        () => refuseShippedPasswords(credentials),
        (error: Error) => {
          assert.match(error.message, /WSO2 ships with/);
          return password === 'admin' || !error.message.includes(password);
        },
      );
    }
  });
}
