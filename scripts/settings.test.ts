import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { InvocationError } from './engine/errors.ts';
import { loadSettings, parseSettings } from './settings.ts';

function faultsOf(value: unknown): string {
  try {
    parseSettings(value, 'stack.yaml');
  } catch (error) {
    assert.ok(error instanceof InvocationError);
    return error.message;
  }
  return assert.fail('nothing was found wrong');
}

test('without a file every setting has the value of the vendor guide', () => {
  const { apis, keyManager, residentKeyManager } = loadSettings();
  const [api] = apis;
  assert.ok(api && apis.length === 1);
  assert.equal(api.name, 'CDRDynamicClientRegistrationAPI');
  assert.equal(api.context, '/open-banking/{version}');
  assert.deepEqual(api.businessPlans, ['Unlimited']);
  assert.equal(api.gateways[0]?.environment, 'Default');
  assert.equal(api.regulatory, true);
  assert.equal(keyManager.name, 'OBKM');
  assert.equal(keyManager.certificates.type, 'JWKS');
  assert.equal(keyManager.tokenValidationMethod, 'self-validate-jwt');
  assert.equal(keyManager.tokenHandling.type, 'JWT');
  assert.equal(residentKeyManager.enabled, false);
});

test('a mistyped setting is refused with the name that was probably meant', () => {
  const message = faultsOf({ keyManager: { grantTypse: [] }, residentKeyManger: {} });
  assert.match(message, /keyManager\.grantTypse: no such setting; did you mean grantTypes\?/);
  assert.match(message, /residentKeyManger: no such setting; did you mean residentKeyManager\?/);
});

test('all faults are reported at once, each with its place', () => {
  const message = faultsOf({
    apis: [{ version: 0.2, businessPlans: [], endpoint: 'http://dcr.example' }],
    keyManager: { name: 'KM', endpoints: { token: 'not a url' } },
  });
  for (const place of [
    'apis[0].version',
    'apis[0].businessPlans',
    'apis[0].endpoint',
    'keyManager.name',
    'keyManager.endpoints.token',
  ]) {
    assert.ok(message.includes(`  ${place}: `), `${place} is missing in\n${message}`);
  }
});

test('an API that is declared twice, or with what another one has, is refused with both places', () => {
  const accounts = { name: 'Accounts', version: '1', definition: 'a.yaml', endpoint: 'https://a.example' };
  const declared = [
    {},
    { ...accounts, context: '/accounts/{version}' },
    { ...accounts, version: '2', context: '/accounts/{version}' },
    { ...accounts, context: '/accounts/{version}' },
    { ...accounts, name: 'Payees', context: '/open-banking/{version}' },
    { ...accounts, name: 'Gone', context: '/open-banking/{version}', state: 'absent' },
    { ...accounts, version: '3', context: '/third/{version}' },
    { ...accounts, name: 'ACCOUNTS', context: '/more/{version}' },
  ];
  assert.throws(() => parseSettings({ apis: declared }, 'the test'), {
    name: 'InvocationError',
    message: [
      'the test has faults:',
      '  apis[3]: API Accounts 1 is declared twice: here and as apis[1]',
      '  apis[4]: API Payees 1: its context /open-banking is that of API CDRDynamicClientRegistrationAPI 0.2. Declare another context, or remove that API.',
      '  apis[6]: API Accounts 3: version 1 has the context /accounts, which all versions of an API share, and /third is declared.',
      '  apis[7]: API ACCOUNTS 1: the name is taken by API Accounts 1: to API Manager both are one name. Declare it as it is written there, or another one.',
    ].join('\n'),
  });
});

test('files named in a settings file are relative to it', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'settings.yaml');
  writeFileSync(file, 'apis:\n  - definition: mine.yaml\n');
  assert.equal(loadSettings(file).apis[0]?.definition, join(directory, 'mine.yaml'));
});

test('a settings file that is missing or not YAML is a fault of the invocation', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'settings.yaml');
  assert.throws(() => loadSettings(file), { name: 'InvocationError', message: /no such file/ });
  writeFileSync(file, 'apis: [');
  assert.throws(() => loadSettings(file), { name: 'InvocationError', message: /not YAML/ });
});
