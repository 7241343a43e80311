import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { generations } from '../products.ts';
import { ownSecrets } from './own-secrets.ts';
import type { Server } from './required-settings.ts';

const stack = { encryptionKey: 'ca'.repeat(32), endpointSecret: 'ce'.repeat(32) };

function valuesOf(server: Server, version: string, secrets = stack) {
  const derived = Object.entries(ownSecrets(server, version)).map(([variable, derive]) => [variable, derive(secrets)]);
  const {
    WSO2_ENCRYPTION_KEY,
    WSO2_ENDPOINT_SECRET,
    WSO2_ENDPOINT_SECRET_HASH,
    WSO2_IDLE_PASSWORD,
    WSO2_SERVICE_PATH,
    ...others
  } = Object.fromEntries(derived);
  assert.deepEqual(others, {});
  return {
    key: WSO2_ENCRYPTION_KEY,
    word: WSO2_ENDPOINT_SECRET,
    hash: WSO2_ENDPOINT_SECRET_HASH,
    idle: WSO2_IDLE_PASSWORD,
    path: WSO2_SERVICE_PATH,
  };
}

const digits: [server: Server, version: string, digits: number][] = [
  ['api-manager', '4.2.0', 32],
  ['api-manager', '4.6.0', 32],
  ['api-manager', '4.7.0', 64],
  ['api-manager', '4.10.0', 64],
  ['identity-server', '6.1.0', 32],
  ['identity-server', '7.0.0', 32],
  ['identity-server', '7.1.0', 64],
  ['identity-server', '7.3.0', 64],
];
for (const [server, version, length] of digits)
  test(`${server} ${version} encrypts with ${length} hexadecimal digits`, () => {
    const { key } = valuesOf(server, version);
    assert.match(key, new RegExp(`^[0-9a-f]{${length}}$`));
    assert.notEqual(key, valuesOf(server, version, { ...stack, encryptionKey: 'cb'.repeat(32) }).key);
  });

test("API Manager 4.7 keeps the stack's own key, with which it has encrypted what is stored", () => {
  assert.equal(valuesOf('api-manager', '4.7.0').key, stack.encryptionKey);
});

test('what one server holds is nothing that the other takes', () => {
  for (const { apiManager, identityServer } of Object.values(generations)) {
    const [one, other] = [
      Object.values(valuesOf('api-manager', apiManager.version)),
      Object.values(valuesOf('identity-server', identityServer.version)),
    ];
    assert.equal(new Set([...one, ...other]).size, one.length + other.length);
  }
});

test('the hash by which a server knows its word is the SHA-256 of the word that its pages show', () => {
  for (const [server, version] of digits) {
    const { word, hash } = valuesOf(server, version);
    assert.match(word, /^[0-9a-f]{64}$/);
    assert.equal(hash, createHash('sha256').update(word).digest('hex'));
    assert.notEqual(word, stack.endpointSecret);
    assert.notEqual(word, valuesOf(server, version, { ...stack, endpointSecret: 'cf'.repeat(32) }).word);
  }
});

test('the word is the same in every version: an upgrade changes none', () => {
  for (const server of ['api-manager', 'identity-server'] as const)
    assert.equal(new Set(digits.filter(([of]) => of === server).map((row) => valuesOf(row[0], row[1]).word)).size, 1);
});
