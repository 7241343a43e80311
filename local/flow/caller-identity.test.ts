import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { mutualTlsClient } from '../register/mutual-tls-client.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';
import { recordRequests } from './testing/recorded-requests.ts';

let template: string;
let environment: FlowEnvironment;
let clientId: string;
before(async () => {
  template = await prepareTemplate();
  environment = await startEnvironment(template);
  await environment.provision();
  const recipient = environment.recipient();
  const created = await recipient.register(await recipient.registrationRequest());
  clientId = created.data.client_id;
});
after(async () => {
  await environment?.stop();
});

test('a caller with a certificate of another CA, or with none, gets no HTTP response', async () => {
  for (const party of ['foreign', null]) {
    const caller = environment.recipient(party);
    await assert.rejects(
      caller.http.get(`${environment.urls.gateway}/open-banking/0.2/register/x`),
      (error: { response?: unknown }) => error.response === undefined,
      `party ${party}`,
    );
  }
});

test('a token used with another certificate of the same CA gets 401', async () => {
  const token = await environment.recipient().accessToken(clientId);
  // The gateway's own certificate is of the CDR's CA, too, so the handshake lets it in.
  const thief = environment.recipient('gateway');
  const answer = await thief.read(clientId, token);
  assert.equal(answer.status, 401, JSON.stringify(answer.data));
});

test('a token of one client does not open the registration of another', async () => {
  const recipient = environment.recipient();
  const token = await recipient.accessToken(clientId);
  const answer = await recipient.read(`${clientId}x`, token);
  assert.equal(answer.status, 401, JSON.stringify(answer.data));
});

test('a forged certificate header or client header never reaches dcr-service', async () => {
  const recipient = environment.recipient();
  const token = await recipient.accessToken(clientId);
  await environment.end('dcr-service');
  const { received, close } = await recordRequests(environment);
  try {
    const forged = 'LS0tLS1GT1JHRUQ';
    const headers = {
      'X-WSO2-CLIENT-CERTIFICATE': forged,
      'x-wso2-client-certificate': forged,
      'x-wso2-client-id': 'somebody-else',
      'x-wso2-mutual-auth-cert': forged,
      'x-forwarded-client-cert': forged,
      'ssl-client-cert': forged,
    };
    const endpoint = `${environment.urls.gateway}/open-banking/0.2/register`;
    const jwt = { ...headers, 'content-type': 'application/jwt' };
    await recipient.http.post(endpoint, 'a.b.c', { headers: jwt });
    await recipient.http.get(`${endpoint}/${clientId}`, { headers: { ...headers, authorization: `Bearer ${token}` } });
  } finally {
    await close();
  }
  assert.equal(received.length, 2);
  const [post, get] = received;
  for (const headers of received) {
    assert.doesNotMatch(JSON.stringify(headers), /RkORHRUQ|LS0tLS1GT1JHRUQ|somebody-else/);
    const presented = Buffer.from(String(headers['x-wso2-client-certificate']), 'base64url').toString();
    const expected = new X509Certificate(readFileSync(join(environment.state.pki, 'recipient.pem')));
    assert.equal(new X509Certificate(presented).fingerprint256, expected.fingerprint256);
  }
  assert.equal(post?.['x-wso2-client-id'], undefined);
  assert.equal(get?.['x-wso2-client-id'], clientId);
  assert.equal(get?.authorization, `Bearer ${token}`);
});

test('dcr-service serves nobody but the gateway', async () => {
  await environment.end('dcr-service');
  const direct = mutualTlsClient({
    ca: environment.outputs.trust.servers,
    cert: readFileSync(join(environment.state.pki, 'recipient.pem'), 'utf8'),
    key: readFileSync(join(environment.state.pki, 'recipient.key'), 'utf8'),
  });
  await environment.start('dcr-service');
  await assert.rejects(
    direct.get(`${environment.urls.dcrService}/register/${clientId}`),
    (error: { response?: unknown }) => error.response === undefined,
  );
});
