import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import {
  lacksCredentials,
  type ProvisioningCredentials,
  readCredentials,
  refuseShippedPasswords,
} from './credentials.ts';

const apiAccount = { username: 'of-the-stack', password: 'unused' };
const apiManager = { CDR_STACK_APIM_USERNAME: 'admin', CDR_STACK_APIM_PASSWORD: 'correct horse' };

test('a password comes from the environment, or from the file that it names', () => {
  const file = join(temporaryDirectory(), 'password');
  writeFileSync(file, 'battery staple\n');
  const variables = { ...apiManager, CDR_STACK_IS_USERNAME: 'connector', CDR_STACK_IS_PASSWORD_FILE: file };
  assert.deepEqual(readCredentials(variables), {
    apiManager: { username: 'admin', password: 'correct horse' },
    connector: { username: 'connector', password: 'battery staple' },
    residentKeyManager: undefined,
    serviceUsers: undefined,
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
    serviceUsers: undefined,
  });
});

test('of a stack whose administrators are given, the services’ path is taken, and no user', () => {
  const given = { ...apiManager, CDR_STACK_IS_USERNAME: 'operator', CDR_STACK_IS_PASSWORD: 'another' };
  const path = { apiManager: { username: 'admin', password: 'x', servicePath: 'of-the-stack' } };
  const users = { publisher: apiAccount, subscriber: apiAccount, registration: apiAccount, connector: apiAccount };
  const read = readCredentials(given, { ...path, connector: apiAccount, serviceUsers: users });
  assert.equal(lacksCredentials(given), true);
  assert.equal(lacksCredentials({ ...given, CDR_STACK_APIM_SERVICE_PATH: 'mine' }), false);
  assert.equal(read.apiManager.servicePath, 'of-the-stack');
  assert.equal(read.apiManager.password, 'correct horse');
  assert.equal(read.serviceUsers, undefined);
  assert.equal(readCredentials({ ...given, CDR_STACK_APIM_SERVICE_PATH: 'mine' }).apiManager.servicePath, 'mine');
});

test('what is missing is named', () => {
  assert.throws(() => readCredentials({}), { name: 'InvocationError', message: /CDR_STACK_APIM_USERNAME/ });
  assert.throws(() => readCredentials({ ...apiManager, CDR_STACK_IS_USERNAME: 'connector' }), {
    name: 'InvocationError',
    message: /CDR_STACK_IS_PASSWORD \(or CDR_STACK_IS_PASSWORD_FILE\) is missing/,
  });
});

const own = { username: 'somebody', password: 'correct horse' };
const ownUsers = { publisher: own, subscriber: own, registration: own, connector: own };
const ownAccounts: ProvisioningCredentials = {
  apiManager: own,
  connector: own,
  residentKeyManager: own,
  serviceUsers: ownUsers,
};

/** For each account: its name in messages, and credentials in which only that account has this password. */
const accountsWith = (password: string): [string, ProvisioningCredentials][] => {
  const known = { username: 'somebody', password };
  return [
    ['API Manager', { ...ownAccounts, apiManager: known }],
    ["the Identity Server's connector", { ...ownAccounts, connector: known }],
    ['the resident key manager', { ...ownAccounts, residentKeyManager: known }],
    ...Object.keys(ownUsers).map((user): [string, ProvisioningCredentials] => [
      `the service user ${user}`,
      { ...ownAccounts, serviceUsers: { ...ownUsers, [user]: known } },
    ]),
  ];
};

for (const password of ['admin', 'Admin', 'wso2carbon', 'wso2123', 'changeit', 'password']) {
  test(`the shipped password ${password} is refused for every account`, () => {
    for (const [owner, credentials] of accountsWith(password))
      assert.throws(() => refuseShippedPasswords(credentials), {
        name: 'InvocationError',
        message:
          `The password for ${owner} is one that WSO2 ships with, or documents. ` +
          'Change it there, or accept it with --allow-insecure-defaults.',
      });
  });
}

test('accounts with passwords of their own are accepted', () => {
  refuseShippedPasswords(ownAccounts);
});

const serviceUsers = {
  CDR_STACK_PUBLISHER_PASSWORD: 'of-the-publisher',
  CDR_STACK_SUBSCRIBER_PASSWORD: 'of-the-subscriber',
  CDR_STACK_REGISTRATION_PASSWORD: 'of-the-registration',
  CDR_STACK_CONNECTOR_PASSWORD: 'of-the-connector',
};

test('service users have default names, and are off if no password is set', () => {
  const { serviceUsers: read } = readCredentials({
    ...apiManager,
    ...serviceUsers,
    CDR_STACK_CONNECTOR_USERNAME: 'own',
  });
  assert.deepEqual(read?.publisher, { username: 'cdr-publisher', password: 'of-the-publisher' });
  assert.deepEqual(read?.connector, { username: 'own', password: 'of-the-connector' });
  assert.equal(readCredentials(apiManager).serviceUsers, undefined);
});

const refusals: [string, Record<string, string>, RegExp][] = [
  ['one password of four', { CDR_STACK_PUBLISHER_PASSWORD: 'of-the-publisher' }, /CDR_STACK_SUBSCRIBER_PASSWORD, /],
  [
    'a password that API Manager cuts off',
    { ...serviceUsers, CDR_STACK_CONNECTOR_PASSWORD: 'x'.repeat(31) },
    /connector.*8 to 30/,
  ],
  ["the administrator's name", { ...serviceUsers, CDR_STACK_PUBLISHER_USERNAME: 'admin' }, /must not be called admin/],
  [
    'one name twice',
    { ...serviceUsers, CDR_STACK_PUBLISHER_USERNAME: 'cdr-connector' },
    /must not be called cdr-connector/,
  ],
];
for (const [what, variables, message] of refusals) {
  test(`service users are refused before anything is sent: ${what}`, () => {
    assert.throws(() => readCredentials({ ...apiManager, ...variables }), { name: 'InvocationError', message });
  });
}
