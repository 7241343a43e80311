import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { publishRevocationList } from '../../local/pki/revocation-list.ts';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { startRegister } from '../../local/register/server.ts';
import { type Answer, startTestService, type TestService } from '../testing/service.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-recipients-'));
const directoryOfPki = join(directory, 'pki');
await samplePki(directoryOfPki);
const register = await startRegister({ pki: directoryOfPki, registerPort: 0, recipientPort: 0 });
// The recipient's certificate names this Register's list.
const pki = await samplePki(directoryOfPki, { registerUrl: register.registerUrl });
const authorities = join(directory, 'recipients.pem');
writeFileSync(
  authorities,
  readFileSync(pki.file('cdr-root.pem'), 'utf8') + readFileSync(pki.file('cdr-issuing.pem'), 'utf8'),
);
const services: TestService[] = [];
after(async () => {
  await Promise.all(services.map((service) => service.close()));
  await register.close();
  rmSync(directory, { recursive: true });
});

async function serviceWith(env: Record<string, string>): Promise<TestService> {
  const service = await startTestService(directoryOfPki, { DCR_RECIPIENT_CA_FILE: authorities, ...env });
  services.push(service);
  return service;
}

const callAs = (service: TestService, party: string): Promise<Answer> =>
  service.call({
    method: 'GET',
    path: '/register/x',
    headers: { 'x-wso2-client-certificate': service.certificateHeader(party) },
  });

test('a certificate that its authority has revoked is refused on every route, and the others are not', async () => {
  await publishRevocationList(pki, [pki.parties.recipient.certificate]);
  const service = await serviceWith({ DCR_REVOCATION: 'hard' });
  const revoked = await callAs(service, 'recipient');
  assert.equal(revoked.status, 403);
  assert.match(revoked.body, /"client_certificate_error".*revoked/);
  const headers = {
    'x-wso2-client-certificate': service.certificateHeader('recipient'),
    'content-type': 'application/jwt',
  };
  assert.equal((await service.call({ method: 'POST', path: '/register', body: 'x', headers })).status, 403);
  assert.equal((await callAs(service, 'gateway')).status, 401, 'only the token is missing');
  assert.equal((await callAs(service, 'foreign')).status, 403, 'of an authority that is not accepted');
});

test('with no list to be had, the OCSP responder of the authority is asked', async () => {
  rmSync(pki.file('cdr-issuing.crl'));
  const service = await serviceWith({ DCR_REVOCATION: 'hard' });
  assert.equal((await callAs(service, 'recipient')).status, 401, 'only the token is missing');
  assert.equal(register.requests('/ocsp/*'), 1);
});

test('a revocation list that cannot be had: hard answers 503, soft accepts, off does not ask', async () => {
  // Nobody answers at the address that these certificates name; the keys of the PKI are the same.
  await samplePki(directoryOfPki, { registerUrl: 'https://localhost:1' });
  const hard = await callAs(await serviceWith({ DCR_REVOCATION: 'hard' }), 'recipient');
  assert.deepEqual([hard.status, hard.headers['retry-after']], [503, '5']);
  assert.match(hard.body, /temporarily_unavailable/);
  const soft = await serviceWith({ DCR_REVOCATION: 'soft' });
  assert.equal((await callAs(soft, 'recipient')).status, 401);
  assert.match(soft.log(), /accepted all the same/);
  const metrics = await (await fetch(`${soft.healthUrl}/metrics`)).text();
  assert.match(metrics, /dcr_revocation_checks_total\{outcome="unavailable"\} 1/);
  const off = await serviceWith({ DCR_REVOCATION: 'off' });
  assert.equal((await callAs(off, 'recipient')).status, 401);
  assert.doesNotMatch(off.log(), /revocation list/);
  const stranger = await callAs(off, 'foreign');
  assert.equal(stranger.status, 403, 'its issuer is looked at all the same');
  assert.match(stranger.body, /"client_certificate_error".*not issued by an authority/);
  const figures = await (await fetch(`${off.healthUrl}/metrics`)).text();
  assert.match(figures, /dcr_revocation_checks_total\{outcome="stranger"\} 1/);
  assert.doesNotMatch(figures, /dcr_revocation_checks_total\{outcome="good"\}/);
});

test('a certificate that sends too much is answered 429 with the time to wait, and no other certificate suffers', async () => {
  const service = await serviceWith({ DCR_RATE_LIMIT: '3' });
  const statuses: number[] = [];
  let last: Answer | undefined;
  for (let sent = 0; sent < 5; sent += 1) {
    last = await callAs(service, 'recipient');
    statuses.push(last.status);
  }
  assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
  const seconds = Number(last?.headers['retry-after']);
  assert.ok(seconds >= 1 && seconds <= 60, `${seconds}`);
  assert.match(last?.body ?? '', /"error":"too_many_requests"/);
  assert.equal((await callAs(service, 'gateway')).status, 401);
});
