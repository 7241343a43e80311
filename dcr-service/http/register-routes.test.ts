import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import type { Call } from '../testing/service.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';

const service = await serviceOfThisFile(samplePki);
const { certificate, post, newRequest, newClient, manage } = recipientOf(service);

const odd: [what: string, call: Call, status: number, headers?: Record<string, RegExp>][] = [
  [
    'JSON instead of a JWT',
    { method: 'POST', path: '/register', body: '{}', headers: { 'content-type': 'application/json' } },
    415,
  ],
  ['no media type', { method: 'POST', path: '/register', body: 'x' }, 415],
  ['no body at all', { method: 'POST', path: '/register' }, 415],
  [
    'an empty JWT',
    {
      method: 'POST',
      path: '/register',
      body: '',
      headers: { 'content-type': 'application/jwt', 'content-length': '0' },
    },
    400,
  ],
  [
    'a body over the limit',
    { method: 'POST', path: '/register', body: 'x'.repeat(70_000), headers: { 'content-type': 'application/jwt' } },
    413,
  ],
  ['a HEAD of a client', { method: 'HEAD', path: '/register/x' }, 405, { allow: /^GET, PUT, DELETE$/ }],
  ['OPTIONS of a client', { method: 'OPTIONS', path: '/register/x' }, 405, { allow: /^GET, PUT, DELETE$/ }],
  ['TRACE', { method: 'TRACE', path: '/register' }, 405, { allow: /^POST$/ }],
  ['a HEAD of the API definition', { method: 'HEAD', path: '/openapi.yaml' }, 405, { allow: /^GET$/ }],
  ['a client id that is no URL', { method: 'GET', path: '/register/%zz' }, 400],
  ['GET of the collection', { method: 'GET', path: '/register' }, 405, { allow: /^POST$/ }],
  ['HEAD of the collection', { method: 'HEAD', path: '/register' }, 405, { allow: /^POST$/ }],
  [
    'PATCH with JSON',
    { method: 'PATCH', path: '/register/x', body: '{}', headers: { 'content-type': 'application/json' } },
    405,
    { allow: /^GET, PUT, DELETE$/ },
  ],
  [
    'POST to a client',
    { method: 'POST', path: '/register/x?y', body: 'x', headers: { 'content-type': 'application/jwt' } },
    405,
  ],
  ['OPTIONS', { method: 'OPTIONS', path: '/register' }, 405, { allow: /^POST$/ }],
  ['a method of WebDAV', { method: 'PROPFIND', path: '/register' }, 405],
  [
    'another path with JSON',
    { method: 'PATCH', path: '/elsewhere', body: '{}', headers: { 'content-type': 'application/json' } },
    404,
  ],
  ['another path', { method: 'GET', path: '/elsewhere' }, 404],
];
const codes: Record<number, string> = {
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'request_too_large',
  415: 'unsupported_media_type',
};
for (const [what, call, status, headers = {}] of odd) {
  test(`${what} is answered ${status}`, async () => {
    const answer = await service.call({ ...call, headers: { ...certificate, ...call.headers } });
    assert.equal(answer.status, status, answer.body);
    for (const [name, value] of Object.entries(headers)) assert.match(String(answer.headers[name]), value);
    if (call.method === 'HEAD') return;
    assert.deepEqual(Object.keys(json(answer)), ['error', 'error_description']);
    if (status !== 400) assert.equal(json(answer).error, codes[status]);
  });
}

for (const type of [
  'application/jwt',
  'application/jwt;charset=utf-8',
  'Application/JWT ; q="a, b"',
  'application/jwt; charset=utf-8; x=y',
]) {
  test(`the media type ${type} is that of a request`, async () => {
    const answer = await post('a.b.c', { 'content-type': type });
    assert.equal(answer.status, 400);
    assert.match(answer.body, /not a signed JWT/);
  });
}

for (const type of [
  'application/jwt+json',
  'application/jwts',
  'application/jwt, application/json',
  'application/json; application/jwt',
  'text/plain',
  '*/*',
  '',
]) {
  test(`the media type '${type}' is refused`, async () => {
    assert.equal((await post('a.b.c', { 'content-type': type })).status, 415);
  });
}

test('neither 201 nor 400 may be kept by anybody, and 201 has no member of another server', async () => {
  for (const answer of [await post(await newRequest()), await post('a.b.c')]) {
    assert.deepEqual([answer.headers['cache-control'], answer.headers.pragma], ['no-store', 'no-cache']);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const foreign = /registration_access_token|registration_client_uri|client_secret|ext_|null/;
    assert.doesNotMatch(answer.body.replace(/"software_statement":"[^"]*"/, ''), foreign);
  }
});

test('DELETE needs no body, and no media type makes it fail', async () => {
  for (const type of ['application/json', 'application/jwt', 'application/x-www-form-urlencoded']) {
    const { clientId } = await newClient();
    const removed = await manage('DELETE', clientId, {}, { headers: { 'content-type': type } });
    assert.deepEqual([removed.status, removed.body], [204, ''], type);
  }
  const { clientId } = await newClient();
  const headers = { 'content-type': 'application/json', 'content-length': '2' };
  assert.equal((await manage('DELETE', clientId, {}, { body: '{}', headers })).status, 204);
});

test('the API definition is served unchanged', async () => {
  const answer = await service.call({ method: 'GET', path: '/openapi.yaml' });
  assert.equal(answer.body, readFileSync(new URL('../../apis/dcr/openapi.yaml', import.meta.url), 'utf8'));
});
