import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { startTestService } from '../testing/service.ts';

/** Accepts connections and says nothing, not even in TLS. */
const open = new Set<Socket>();
const silent = createServer((socket) => open.add(socket.on('error', () => {})));
silent.listen(0, '127.0.0.1');
await once(silent, 'listening');
const silentUrl = `https://localhost:${(silent.address() as AddressInfo).port}`;

const directory = mkdtempSync(join(tmpdir(), 'dcr-request-deadline-'));
const pki = await samplePki(directory, { registerUrl: silentUrl });
const authorities = join(directory, 'recipients.pem');
writeFileSync(
  authorities,
  readFileSync(pki.file('cdr-root.pem'), 'utf8') + readFileSync(pki.file('cdr-issuing.pem'), 'utf8'),
);
after(() => {
  for (const socket of open) socket.destroy();
  silent.close();
  rmSync(directory, { recursive: true });
});

const deadlineMs = 1_000;
/** Well before the three seconds that each question may take. */
const inTime = 2_200;

test('list and responder hang, the revocation is not known in time: 503 at the deadline, not after both have been waited for', async (t) => {
  const service = await startTestService(directory, {
    DCR_REVOCATION: 'soft',
    DCR_RECIPIENT_CA_FILE: authorities,
    DCR_DEADLINE_MS: `${deadlineMs}`,
  });
  t.after(() => service.close());
  const headers = { 'x-wso2-client-certificate': service.certificateHeader('recipient') };
  const calls = [
    { method: 'GET', path: '/register/x', headers },
    { method: 'POST', path: '/register', body: 'x', headers: { ...headers, 'content-type': 'application/jwt' } },
  ];
  for (const call of calls) {
    const began = performance.now();
    const answer = await service.call(call);
    const took = performance.now() - began;
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '5']);
    assert.match(answer.body, /did not answer in time/);
    assert.ok(took > deadlineMs - 50 && took < inTime, `answered after ${Math.round(took)} ms`);
  }
});

test('the Identity Server says nothing about an access token: 503 at the deadline', async (t) => {
  const service = await startTestService(directory, {
    DCR_IS_URL: silentUrl,
    DCR_TOKEN_VALIDATION: 'introspection',
    DCR_INTROSPECTION_USERNAME: 'inspector',
    DCR_INTROSPECTION_PASSWORD: 'secret',
    DCR_DEADLINE_MS: `${deadlineMs}`,
  });
  t.after(() => service.close());
  for (const method of ['GET', 'DELETE']) {
    // One of its own each time: callers with the same token share one question.
    const headers = {
      'x-wso2-client-certificate': service.certificateHeader('recipient'),
      authorization: `Bearer ${await service.accessToken('x')}`,
      'x-wso2-client-id': 'x',
    };
    const began = performance.now();
    const { status } = await service.call({ method, path: '/register/x', headers });
    const took = performance.now() - began;
    assert.equal(status, 503);
    assert.ok(took < inTime, `${method} was answered after ${Math.round(took)} ms`);
  }
});
