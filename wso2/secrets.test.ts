import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownSecrets, maskSecrets } from './secrets.ts';

test('a known secret is replaced in every form in which it comes back', () => {
  const secrets = knownSecrets();
  secrets.add('p"ss wörd');
  assert.equal(secrets.redact('p"ss wörd, p\\"ss wörd, p%22ss%20w%C3%B6rd'), '[redacted], [redacted], [redacted]');
});

test('a longer secret is replaced whole, also when a shorter one is part of it', () => {
  const secrets = knownSecrets();
  secrets.add('token');
  secrets.add('token-of-the-day');
  assert.equal(secrets.redact('Bearer token-of-the-day'), 'Bearer [redacted]');
});

test('a value is masked by its name, however deep; what is no secret stays', () => {
  const value = {
    name: 'OBKM',
    tokenEndpoint: 'https://localhost:9446/oauth2/token',
    additionalProperties: { Username: 'admin', Password: 'x', client_secret: 'y', api_key: '' },
    endpointConfig: { endpoint_security: [{ type: 'BASIC', password: 'z' }] },
  };
  assert.deepEqual(maskSecrets(value), {
    ...value,
    additionalProperties: { Username: 'admin', Password: '*****', client_secret: '*****', api_key: '' },
    endpointConfig: { endpoint_security: [{ type: 'BASIC', password: '*****' }] },
  });
});
