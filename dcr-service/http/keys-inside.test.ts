import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';

// The key server of the test alone is allowed, and nothing else of this machine.
const service = await serviceOfThisFile(samplePki, { DCR_ALLOWED_PRIVATE_ADDRESSES: '127.0.0.1,::1' });
const { certificate, post, newRequest, newClient, manage } = recipientOf(service);
const { clients } = service.platform;

const inside = [
  'https://127.0.0.2/jwks',
  'https://[::ffff:127.0.0.2]/jwks',
  'https://0x7f000002/jwks',
  'https://169.254.169.254/latest/meta-data',
  'https://[fe80::1]/jwks',
  'https://10.0.0.7/jwks',
  'https://[64:ff9b::a9fe:a9fe]/jwks',
];

// Identity Server fetches whatever it is given, from its own loopback interface and link-local addresses too.
for (const jwks_uri of inside) {
  test(`a jwks_uri at ${jwks_uri} reaches no Identity Server, by POST or by PUT`, async () => {
    const { clientId, softwareId } = await newClient();
    const before = structuredClone([...clients]);
    const created = await post(await newRequest({ statement: { jwks_uri } }));
    const body = await newRequest({ statement: { jwks_uri } }, softwareId);
    const headers = { 'content-type': 'application/jwt', ...certificate };
    for (const answer of [created, await manage('PUT', clientId, {}, { body, headers })]) {
      assert.deepEqual([answer.status, json(answer).error], [400, 'invalid_client_metadata'], answer.body);
      assert.match(String(json(answer).error_description), /its address is private or otherwise not allowed/);
    }
    assert.deepEqual([...clients], before);
  });
}

test('a jwks_uri without TLS reaches no Identity Server, by POST or by PUT', async () => {
  const { clientId, softwareId } = await newClient();
  const jwks_uri = service.jwksUri.replace('https:', 'http:');
  const body = await newRequest({ statement: { jwks_uri } }, softwareId);
  const headers = { 'content-type': 'application/jwt', ...certificate };
  for (const answer of [
    await post(await newRequest({ statement: { jwks_uri } })),
    await manage('PUT', clientId, {}, { body, headers }),
  ]) {
    assert.deepEqual([answer.status, json(answer).error], [400, 'invalid_client_metadata'], answer.body);
    assert.match(String(json(answer).error_description), /must be an absolute https URI/);
  }
  assert.equal(clients.get(softwareId)?.metadata.jwks_uri, service.jwksUri);
});
