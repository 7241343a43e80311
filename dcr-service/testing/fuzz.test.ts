import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { complaintAbout } from './fuzz-oracle.ts';
import { writeFuzzPki } from './fuzz-pki.ts';
import { fuzz } from './fuzz-run.ts';
import { startTestService } from './service.ts';
import { registrationRequest } from './signed-requests.ts';
import { judge } from './validation.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-fuzz-'));
await writeFuzzPki(directory);
const service = await startTestService(directory, { DCR_LOG_LEVEL: 'silent' });
after(async () => {
  await service.close();
  rmSync(directory, { recursive: true });
});

test('a few hundred generated requests: never a 5xx, never a claim believed that was not signed (npm run fuzz sends more)', async () => {
  const { sent, outcomes, failure } = await fuzz(service, { seed: Date.now() % 2 ** 31, count: 300, concurrency: 8 });
  assert.equal(failure, undefined, JSON.stringify(failure, null, 1));
  assert.equal(sent, 300);
  assert.ok([...outcomes.keys()].includes('POST 201'), 'some must be accepted, or nothing was tried');
});

test('any text at all gets a verdict, and none of it is accepted', async () => {
  const part = fc.oneof(
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.base64String(),
    fc.string({ unit: 'binary' }),
  );
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      assert.equal((await judge(text)).accepted, false);
    }),
    { numRuns: 500 },
  );
});

test('the oracle notices what nobody signed, a 5xx, and a refusal without its form', async () => {
  const body = await registrationRequest({ statement: { jwks_uri: service.jwksUri } });
  const headers = {
    'content-type': 'application/jwt',
    'x-wso2-client-certificate': service.certificateHeader('recipient'),
  };
  const call = { method: 'POST', path: '/register', body, headers };
  const shot = { call, certificateIsGood: true };
  const answer = await service.call(call);
  assert.equal(complaintAbout(shot, answer), undefined);
  const changed = (changes: object) => ({
    ...answer,
    body: JSON.stringify({ ...JSON.parse(answer.body), ...changes }),
  });
  assert.match(complaintAbout(shot, changed({ client_name: 'Somebody' })) ?? '', /client_name is not what was signed/);
  assert.match(complaintAbout(shot, changed({ client_secret: 'x' })) ?? '', /client_secret is answered/);
  assert.match(
    complaintAbout(shot, changed({ redirect_uris: ['https://evil.example/'] })) ?? '',
    /redirect URI is not in the software statement/,
  );
  const forged = { ...shot, call: { ...call, body: `${body.slice(0, -5)}AAAAA` } };
  assert.match(complaintAbout(forged, answer) ?? '', /not signed by the recipient/);
  assert.match(complaintAbout({ ...shot, certificateIsGood: false }, answer) ?? '', /without a good certificate/);
  assert.match(complaintAbout(shot, { ...answer, status: 500 }) ?? '', /it is a 500/);
  const refusal = { status: 400, headers: { 'content-type': 'application/json' }, body: '{"error":"oops"}' };
  assert.match(complaintAbout(shot, refusal) ?? '', /the error is oops/);
});
