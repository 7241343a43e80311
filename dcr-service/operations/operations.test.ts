import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import axios from 'axios';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { startTestService } from '../testing/service.ts';
import { registrationRequest } from '../testing/signed-requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-operations-'));
const pki = join(directory, 'pki');
await samplePki(pki);
const [service, other] = await Promise.all([startTestService(pki), startTestService(pki)]);
after(async () => {
  await Promise.all([service.close(), other.close()]);
  rmSync(directory, { recursive: true });
});

const headers = {
  'content-type': 'application/jwt',
  'x-wso2-client-certificate': service.certificateHeader('recipient'),
};
const post = (body: string, more: Record<string, string> = {}) =>
  service.call({ method: 'POST', path: '/register', body, headers: { ...headers, ...more } });
const requestOf = (softwareId: string) =>
  registrationRequest({
    request: { iss: softwareId },
    statement: { software_id: softwareId, jwks_uri: service.jwksUri },
  });
const metrics = async (of = service) => (await axios.get<string>(`${of.healthUrl}/metrics`)).data;

test('every request is counted by resource, method, status and error code, and nothing of it becomes a label', async () => {
  assert.equal((await post(await requestOf('counted'))).status, 201);
  assert.equal((await post(await requestOf('counted'))).status, 400);
  await service.call({ method: 'GET', path: '/register/what-a-caller-likes', headers });
  await service.call({ method: 'GET', path: '/what-a-caller-likes' });
  await service.call({ method: 'PROPFIND', path: '/register' });
  const told = await metrics();
  const line = (labels: string) => new RegExp(`^dcr_requests_total\\{${labels}\\} 1$`, 'm');
  assert.match(told, line('resource="/register",method="POST",status="201",error="none"'));
  assert.match(told, line('resource="/register",method="POST",status="400",error="invalid_client_metadata"'));
  assert.match(told, line('resource="/register/:clientId",method="GET",status="401",error="invalid_token"'));
  assert.match(told, line('resource="none",method="GET",status="404",error="not_found"'));
  assert.match(told, line('resource="none",method="other",status="405",error="method_not_allowed"'));
  assert.doesNotMatch(told, /what-a-caller-likes|counted"/);
  assert.match(told, /^dcr_request_duration_seconds_bucket\{le="0.1",resource="\/register",method="POST"\} \d/m);
  assert.match(told, /^dcr_requests_in_flight 0$/m);
});

test('changes, the store, the own certificate and the process are measured, for each service by itself', async () => {
  const told = await metrics();
  assert.match(told, /^dcr_registration_changes_total\{event="registration.create",outcome="done"\} 1$/m);
  assert.match(told, /^dcr_changes_pending 0$/m);
  assert.match(told, /^dcr_oldest_change_age_seconds 0$/m);
  assert.match(told, /^dcr_store_up 1$/m);
  assert.match(told, /^dcr_tls_certificate_not_after_seconds 1\d{9}$|^dcr_tls_certificate_not_after_seconds \d{10}$/m);
  assert.match(told, /^process_resident_memory_bytes \d/m);
  assert.doesNotMatch(await metrics(other), /^dcr_requests_total\{/m);
});

const auditLines = () =>
  service
    .log()
    .split('\n')
    .filter((line) => line.includes('"audit":true'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("an audit line says who, what and how it ended, under the gateway's own id of the request", async () => {
  await post(await requestOf('audited'), { activityid: 'gateway-4711' });
  const line = auditLines().find(({ softwareId }) => softwareId === 'audited');
  assert.partialDeepStrictEqual(line, {
    event: 'registration.create',
    outcome: 'done',
    correlationId: 'gateway-4711',
  });
  assert.match(String(line?.certificate), /^[\w-]{43}$/);
  assert.match(String(line?.clientId), /^[\w-]{36}$/);
});

test('of a rejected change the audit line has the code that was answered, and why', () => {
  const line = auditLines().find(({ outcome }) => outcome === 'rejected');
  assert.partialDeepStrictEqual(line, { softwareId: 'counted', code: 'invalid_client_metadata', reason: 'duplicate' });
});

test("a request leaves one line, when it has been answered, under the gateway's own id", async () => {
  await service.call({ method: 'GET', path: '/none?access_token=secret', headers: { activityid: 'gateway-4712' } });
  // The answer is with the caller before the line is with the log.
  const lines = () => service.log().match(/.*"reqId":"gateway-4712".*/g) ?? [];
  while (!lines().some((line) => line.includes('a request was answered'))) await new Promise(setImmediate);
  const line = JSON.parse(lines().at(-1) ?? '');
  assert.partialDeepStrictEqual(line, { method: 'GET', path: '/none', status: 404 });
  assert.doesNotMatch(service.log(), /access_token/);
});

test('an id that is no id is replaced, so that no caller writes into the log', async () => {
  await post(await requestOf('made-up'), { activityid: `${'x'.repeat(65)}` });
  const line = auditLines().find(({ softwareId }) => softwareId === 'made-up');
  assert.match(String(line?.correlationId), /^[0-9a-f-]{36}$/);
});
