import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { issueCertificate } from '../../../../pki/issue-certificate.ts';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import type { Pki } from '../../../pki/pki.ts';
import { samplePki } from '../../../pki/testing/sample-pki.ts';
import { readRequestLog } from '../../request-log.ts';
import { startGateway } from './gateway.ts';
import { type GatewayHome, gatewayHome } from './testing/gateway-home.ts';
import { fakeRuntime, type RunningGateway, runGateway } from './testing/running-gateway.ts';

let pki: Pki;
const running: RunningGateway[] = [];

before(async () => {
  pki = await samplePki(temporaryDirectory());
});
after(() => Promise.all(running.map(({ close }) => close())));

async function gateway(changes: GatewayHome = {}): Promise<RunningGateway> {
  const started = await runGateway(pki, fakeRuntime([]), changes);
  running.push(started);
  return started;
}

test('a recipient whose certificate chains to the store of the listener profile is answered', async () => {
  const { call } = await gateway();
  const { status, headers, body } = await call('/nothing');
  assert.equal(status, 404);
  assert.equal(headers['content-type'], 'application/json; charset=UTF-8');
  assert.deepEqual(JSON.parse(body), {
    code: '404',
    type: 'Status report',
    message: 'Not Found',
    description: 'The requested resource is not available.',
  });
});

test("with 'require' a caller without a certificate, or with one of another CA, gets no HTTP response", async () => {
  const { call, requestLogFile } = await gateway({ verifyClient: 'require' });
  await assert.rejects(call('/', { as: null }));
  await assert.rejects(call('/', { as: pki.parties.stranger }));
  assert.deepEqual(readRequestLog(requestLogFile), []);
});

test("with 'optional' a caller may come without a certificate, but not with one of another CA", async () => {
  const { call, requestLogFile } = await gateway({ verifyClient: 'optional' });
  assert.equal((await call('/', { as: null })).status, 404);
  assert.equal((await call('/')).status, 404);
  await assert.rejects(call('/', { as: pki.parties.stranger }));
  assert.equal(readRequestLog(requestLogFile).length, 2);
});

test('a certificate that has expired is refused', async () => {
  const { call } = await gateway();
  const expired = await issueCertificate(
    pki.authorities.cdrIssuing,
    { commonName: 'Expired', purposes: ['client'] },
    { notBefore: new Date(Date.now() - 172_800_000), notAfter: new Date(Date.now() - 86_400_000) },
  );
  await assert.rejects(call('/', { as: expired }));
});

test("the server's own truststore does not open the listener, and an empty store opens it to nobody", async () => {
  const { call } = await gateway({ servers: [pki.authorities.foreign.certificate], recipients: [] });
  await assert.rejects(call('/'));
  await assert.rejects(call('/', { as: pki.parties.stranger }));
});

test('an issuing CA alone in the store is enough, as for Java', async () => {
  const { call } = await gateway({ recipients: [pki.authorities.cdrIssuing.certificate] });
  assert.equal((await call('/')).status, 404);
});

test('TLS 1.2 is spoken, TLS 1.1 is not', async () => {
  const { call } = await gateway();
  assert.equal((await call('/', { tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } })).status, 404);
  await assert.rejects(call('/', { tls: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } }));
});

test('each answer is in the request log, without its query', async () => {
  const { call, requestLogFile } = await gateway();
  await call('/a/path?secret=1', { method: 'POST' });
  const [entry] = readRequestLog(requestLogFile);
  assert.deepEqual(
    [entry?.server, entry?.method, entry?.path, entry?.status, entry?.kind],
    ['gateway', 'POST', '/a/path', 404, 'read'],
  );
});

test('a port in use is named', async () => {
  const { port } = await gateway();
  const starting = startGateway({
    home: gatewayHome(pki, { offset: port - 8243 }),
    runtime: fakeRuntime([]),
    requestLog: { append: () => undefined },
    logger: pino({ level: 'silent' }),
  });
  await assert.rejects(starting, { message: `Port ${port} of the gateway is in use.` });
});
