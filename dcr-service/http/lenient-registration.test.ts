import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import { startTestService } from '../testing/service.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';
import { seconds } from '../testing/signed-requests.ts';

const service = await serviceOfThisFile(samplePki);
const { post, newRequest } = recipientOf(service);

test('optional members of a statement that are empty or null are neither refused nor answered', async () => {
  const empty = {
    legal_entity_id: '',
    legal_entity_name: null,
    sector_identifier_uri: '',
    tos_uri: null,
    policy_uri: '',
  };
  const answer = await post(await newRequest({ statement: empty }));
  assert.equal(answer.status, 201, answer.body);
  assert.deepEqual(
    Object.keys(empty).filter((member) => member in json(answer)),
    [],
  );
  const required = await post(await newRequest({ statement: { client_name: '' } }));
  assert.deepEqual([required.status, json(required).error], [400, 'invalid_software_statement']);
});

test('what comes twice in a list is answered and registered once', async () => {
  const twice = (...values: string[]) => [...values, ...values];
  const once = {
    redirect_uris: ['https://app.brolga.example/other', 'https://app.brolga.example/callback'],
    grant_types: ['refresh_token', 'authorization_code'],
    response_types: ['code'],
  };
  const request = Object.fromEntries(Object.entries(once).map(([name, values]) => [name, twice(...values)]));
  const scope = twice('openid', 'cdr:registration').join(' ');
  const answer = await post(await newRequest({ request, statement: { scope } }, 'twice'));
  assert.equal(answer.status, 201, answer.body);
  const { redirect_uris, grant_types, response_types, scope: answered } = json(answer);
  assert.deepEqual({ redirect_uris, grant_types, response_types }, once);
  assert.equal(answered, 'openid cdr:registration');
  assert.deepEqual(service.platform.clients.get('twice')?.metadata.redirect_uris, once.redirect_uris);

  const ofStatement = { redirect_uris: twice(...once.redirect_uris) };
  const all = await post(await newRequest({ request: { redirect_uris: [] }, statement: ofStatement }));
  assert.deepEqual(json(all).redirect_uris, once.redirect_uris);
});

const refused: [what: string, bent: Parameters<typeof newRequest>[0], error: string][] = [
  ['a request whose exp is in milliseconds', { request: { exp: (seconds() + 300) * 1000 } }, 'invalid_client_metadata'],
  [
    'a statement whose exp is in milliseconds',
    { statement: { exp: (seconds() + 300) * 1000 } },
    'invalid_software_statement',
  ],
  [
    'a wildcard in the host of a redirect URI',
    {
      request: { redirect_uris: ['https://*.brolga.example/callback'] },
      statement: { redirect_uris: ['https://*.brolga.example/callback'] },
    },
    'invalid_redirect_uri',
  ],
  [
    'a wildcard in the host of a redirect URI that the statement alone has',
    { statement: { redirect_uris: ['https://app.brolga.example/callback', 'https://*.brolga.example/callback'] } },
    'invalid_redirect_uri',
  ],
  ['a client_name of 256 characters', { statement: { client_name: 'x'.repeat(256) } }, 'invalid_software_statement'],
  [
    'redirect URIs of more than 2 kB together',
    {
      request: { redirect_uris: [] },
      statement: { redirect_uris: ['a', 'b'].map((name) => `https://${name}.example/${'x'.repeat(1010)}`) },
    },
    'invalid_redirect_uri',
  ],
];
for (const [what, bent, error] of refused) {
  test(`${what} is 400 ${error}, and nothing is made`, async () => {
    const before = service.platform.clients.size;
    const answer = await post(await newRequest(bent));
    assert.deepEqual([answer.status, json(answer).error], [400, error], answer.body);
    assert.equal(service.platform.clients.size, before);
  });
}

test('redirect URIs on two hosts without a sector are refused, unless the setting accepts them', async (t) => {
  const uris = ['https://app.brolga.example/callback', 'https://www.brolga.example/callback'];
  const bent = {
    request: { redirect_uris: uris },
    statement: { redirect_uris: uris, sector_identifier_uri: undefined },
  };
  const byDefault = await post(await newRequest(bent));
  assert.deepEqual([byDefault.status, json(byDefault).error], [400, 'invalid_client_metadata']);
  const other = await startTestService(service.pki, { DCR_REQUIRE_SECTOR_IDENTIFIER: 'false' });
  t.after(() => other.close());
  const recipient = recipientOf(other);
  const accepted = await recipient.post(await recipient.newRequest(bent));
  assert.equal(accepted.status, 201, accepted.body);
});
