import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseKeyManager } from './key-manager.ts';

const declared = {
  name: 'OBKM',
  type: 'WSO2-IS-7',
  issuer: 'https://localhost:9446/oauth2/token',
  tokenEndpoint: 'https://localhost:9446/oauth2/token',
  availableGrantTypes: ['refresh_token', 'client_credentials'],
  enabled: true,
  additionalProperties: {
    Username: 'admin',
    Password: 'correct horse',
    is7_roles_endpoint: 'https://localhost:9446/r',
  },
};

const readBack = {
  ...declared,
  id: 'k1',
  displayName: 'OBKM',
  description: null,
  displayTokenEndpoint: declared.tokenEndpoint,
  availableGrantTypes: ['client_credentials', 'refresh_token'],
  tokenType: 'DIRECT',
  claimMapping: [],
  permissions: null,
  allowedOrganizations: ['ALL'],
  alias: null,
  additionalProperties: { ...declared.additionalProperties, Password: '*****' },
};

test('what is declared and what reads back are the same, once secrets are masked', () => {
  const masked = { ...declared, additionalProperties: { ...declared.additionalProperties, Password: '*****' } };
  assert.deepEqual(normaliseKeyManager(readBack), normaliseKeyManager(masked));
});

test('a real difference stays', () => {
  for (const change of [
    { enabled: false },
    { tokenType: 'EXCHANGED' },
    { displayName: 'Open Banking' },
    { displayTokenEndpoint: 'https://elsewhere.example/token' },
    { claimMapping: [{ remoteClaim: 'sub', localClaim: 'user' }] },
    { additionalProperties: { ...readBack.additionalProperties, Username: 'other' } },
  ]) {
    assert.notDeepEqual(normaliseKeyManager({ ...readBack, ...change }), normaliseKeyManager(readBack));
  }
});

test('normalising changes nothing that it was given', () => {
  const before = structuredClone(readBack);
  normaliseKeyManager(readBack);
  assert.deepEqual(readBack, before);
});
