import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { type CertificateProfile, type Credential, issueCertificate } from '../../pki/issue-certificate.ts';
import { keepIdentityCurrent } from '../operations/listener-reload.ts';
import { createMetrics } from '../operations/metrics.ts';
import { gatewayServer } from './gateway-listener.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-gateway-'));
const pki = await samplePki(join(directory, 'pki'));
const read = (file: string) => readFileSync(pki.file(file), 'utf8');
const logger = pino({ level: 'silent' });
const gatewayName = 'gateway.data-holder.example';
const listener = {
  certificate: read('dcr-service.pem'),
  key: read('dcr-service.key'),
  gatewayAuthorities: read('cdr-root.pem') + read('cdr-issuing.pem'),
  gatewayNames: [gatewayName],
  requestTimeoutMs: 5_000,
};
const server = gatewayServer(listener, logger, (_, response) => void response.end('served')) as Server;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

/** The response to a client with this certificate; rejects if there is no response. */
function call(credential: Partial<Credential>): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const { certificate: cert, key } = credential;
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', servername: 'localhost', port, ca: read('platform-ca.pem'), agent: false, cert, key },
      (answer) => answer.on('data', (chunk: Buffer) => resolve(chunk.toString())),
    )
      .on('error', reject)
      .end();
  });
}

const { cdrIssuing, foreign } = pki.authorities;
const profile: CertificateProfile = { commonName: 'Gateway', purposes: ['client'], dnsNames: [gatewayName] };

test('a client with a name of the gateway, from its authority, is served', async () => {
  assert.equal(await call(await issueCertificate(cdrIssuing, profile)), 'served');
});

const strangers: [what: string, credential: () => Promise<Partial<Credential>>][] = [
  ['nobody', async () => ({})],
  ['the name of the gateway, by an authority of its own', () => issueCertificate(foreign, profile)],
  [
    'the name of the gateway as its common name only',
    () => issueCertificate(cdrIssuing, { ...profile, commonName: gatewayName, dnsNames: [] }),
  ],
  ['a wildcard', () => issueCertificate(cdrIssuing, { ...profile, dnsNames: ['*.data-holder.example'] })],
  [
    'a name below that of the gateway',
    () => issueCertificate(cdrIssuing, { ...profile, dnsNames: [`x.${gatewayName}`] }),
  ],
  [
    'a certificate that has run out',
    () => issueCertificate(cdrIssuing, profile, { notAfter: new Date(Date.now() - 60_000) }),
  ],
];
for (const [what, credential] of strangers) {
  test(`who presents ${what} gets no HTTP answer`, async () => {
    await assert.rejects(call(await credential()));
  });
}

test('rotated authorities apply at once, to newly trusted clients and to those no longer trusted', async (t) => {
  const [certificate, key, gatewayAuthorities] = ['certificate', 'key', 'authorities'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  copyFileSync(pki.file('dcr-service.pem'), certificate);
  copyFileSync(pki.file('dcr-service.key'), key);
  writeFileSync(gatewayAuthorities, listener.gatewayAuthorities);
  const metrics = createMetrics();
  const kept = keepIdentityCurrent(
    server,
    listener,
    { certificate, key, gatewayAuthorities, everyMs: 20 },
    { logger, metrics },
  );
  t.after(() => kept.stop());
  await pause(100);
  assert.doesNotMatch(await metrics.registry.metrics(), /^dcr_tls_reloads_total\{/m, 'nothing has changed yet');
  const [old, next] = await Promise.all([issueCertificate(cdrIssuing, profile), issueCertificate(foreign, profile)]);
  assert.equal(await call(old), 'served');
  writeFileSync(gatewayAuthorities, foreign.certificate);
  while (!(await metrics.registry.metrics()).includes('dcr_tls_reloads_total{outcome="taken"} 1')) await pause(10);
  assert.equal(await call(next), 'served');
  await assert.rejects(call(old));
  await assert.rejects(call({}));
});
