import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, FieldChange } from './change.ts';
import { RunFailed } from './errors.ts';
import { maskEvent, maskSecrets, maskText } from './mask.ts';
import { renderChanges } from './render.ts';

/** What servers and settings hold, each with a secret that contains "hunter". */
const secrets: Record<string, FieldChange> = {
  "a connector's password": { path: 'additionalProperties.Password', before: 'hunter1', after: 'hunter2' },
  "a connector's client secret, in another spelling": { path: 'additionalProperties.client_secret', before: 'hunter' },
  "a connector's API key": { path: 'additionalProperties.api_key', before: 'hunter' },
  "a connector's token": { path: 'additionalProperties.apiToken', before: 'hunter' },
  'a private key': { path: 'additionalProperties.privateKey', before: 'hunter' },
  'endpoint security, in an object': {
    path: 'endpointConfig.endpoint_security',
    before: { production: { type: 'BASIC', username: 'somebody', password: 'hunter' } },
  },
  'a list of objects': { path: 'connectors', after: [{ name: 'one', clientSecret: 'hunter' }] },
  'a pair of name and value': { path: 'configurations', after: [{ name: 'Password', value: 'hunter' }] },
  'a list of passwords': { path: 'additionalProperties.passwords.0', after: 'hunter' },
  'a URL with user and password': {
    path: 'url',
    before: 'https://somebody:hunter1@h',
    after: 'https://somebody:hunter2@h',
  },
  'a URL whose password has an @': { path: 'url', after: 'https://somebody:hun@hunter@host.example/path' },
  'a URL whose user is a token': { path: 'url', after: 'https://hunter@host.example/' },
  'a URL with a key as parameter': { path: 'url', after: 'https://host.example/?a=b&api_key=hunter&c=d' },
};
for (const [what, field] of Object.entries(secrets)) {
  test(`a plan, for a person and as JSON, does not show ${what}`, () => {
    const changes: Change[] = [{ action: 'update', resource: 'key manager OBKM', fields: [field] }];
    assert.doesNotMatch(renderChanges(changes), /hunter/);
    assert.doesNotMatch(JSON.stringify(maskSecrets(changes)), /hunter/);
    assert.match(renderChanges(changes), /\*{5}/);
  });
}

test('what is no secret stays legible', () => {
  const fields: FieldChange[] = [
    {
      path: 'tokenEndpoint',
      before: 'https://host.example/token?a=b',
      after: 'https://host.example:9443/oauth2/token',
    },
    { path: 'endpoints.token', after: 'https://host.example/@scope/path' },
    { path: 'policies', before: ['Unlimited'], after: [{ name: 'Gold', value: 5, enabled: true }] },
    { path: 'additionalProperties.Username', after: 'somebody@carbon.super' },
  ];
  const changes: Change[] = [{ action: 'update', resource: 'API', fields }];
  assert.deepEqual(maskSecrets(changes), changes);
});

test('two URLs that differ in their passwords only are shown as different', () => {
  const [url] = Object.values(secrets).filter(({ before }) => before === 'https://somebody:hunter1@h');
  assert.ok(url);
  assert.match(
    renderChanges([{ action: 'update', resource: 'API', fields: [url] }]),
    /"https:\/\/somebody:\*{5}@h" -> "https:\/\/somebody:\*{5}@h" \(another value\)/,
  );
});

test('no event, remark or error of a run shows the password of a URL', () => {
  const text = 'cannot reach https://somebody:hunter@host.example/x, or jdbc:x://h?password=hunter';
  const about = { step: 'endpoint', title: 'Endpoint' };
  for (const told of [
    maskEvent({ ...about, event: 'failed', message: text, seconds: 1 }),
    maskEvent({ ...about, event: 'waiting', for: text }),
    maskEvent({ ...about, event: 'remarked', text }),
    maskEvent({ ...about, event: 'retrying', because: text }),
    maskSecrets([{ action: 'update', resource: 'API', fields: [], remark: text }]),
    maskText(text),
  ])
    assert.doesNotMatch(JSON.stringify(told), /hunter/);
  const summary = { changes: [], reads: 0, writes: 0, roundTrips: 0, retries: 0, waited: [], seconds: 0 };
  assert.doesNotMatch(new RunFailed([{ ...about, error: new Error(text) }], summary).message, /hunter/);
});
