import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { checkedIdentity } from './listener-identity.ts';
import { keepIdentityCurrent } from './listener-reload.ts';
import { createMetrics } from './metrics.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-identity-'));
const pki = join(directory, 'pki');
await samplePki(pki);
after(() => rmSync(directory, { recursive: true }));

const inPki = (file: string) => readFileSync(join(pki, file), 'utf8');
const fingerprintOf = (file: string) => new X509Certificate(inPki(file)).fingerprint256;
const identityOf = (party: string) => ({
  certificate: inPki(`${party}.pem`),
  key: inPki(`${party}.key`),
  gatewayAuthorities: inPki('cdr-root.pem'),
});

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = Date.now() + 5_000;
  while (!(await condition())) {
    assert.ok(Date.now() < giveUpAt, `${what} has not happened within five seconds`);
    await pause(10);
  }
}

test('a listener takes over rotated certificates, keeps the old ones if the new do not match, and reports it', async (t) => {
  const mounted = {
    certificate: join(directory, 'tls.crt'),
    key: join(directory, 'tls.key'),
    gatewayAuthorities: join(directory, 'gateway.pem'),
    everyMs: 5,
  };
  const mount = (party: string) => {
    copyFileSync(join(pki, `${party}.pem`), mounted.certificate);
    copyFileSync(join(pki, `${party}.key`), mounted.key);
  };
  mount('dcr-service');
  copyFileSync(join(pki, 'cdr-root.pem'), mounted.gatewayAuthorities);

  const { certificate: cert, key, gatewayAuthorities: ca } = identityOf('dcr-service');
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const metrics = createMetrics();
  const logged: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const kept = keepIdentityCurrent(server, identityOf('dcr-service'), mounted, { logger, metrics });
  t.after(() => {
    kept.stop();
    server.closeAllConnections();
    server.close();
  });

  const shown = async (): Promise<string | undefined> => {
    const { port } = server.address() as AddressInfo;
    const identity = { cert: inPki('gateway.pem'), key: inPki('gateway.key') };
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: inPki('platform-ca.pem'),
      servername: 'localhost',
      ...identity,
    });
    await once(socket, 'secureConnect');
    const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
    socket.destroy();
    return fingerprint;
  };
  const value = async (name: string, labels: Record<string, string> = {}) => {
    const measured = await metrics.registry.getSingleMetric(name)?.get();
    return measured?.values.find((candidate) =>
      Object.entries(labels).every(([label, wanted]) => candidate.labels[label] === wanted),
    )?.value;
  };

  assert.equal(await shown(), fingerprintOf('dcr-service.pem'));
  mount('identity-server');
  await until(async () => (await shown()) === fingerprintOf('identity-server.pem'), 'the rotation');
  const expiry = new X509Certificate(inPki('identity-server.pem')).validToDate.getTime() / 1000;
  assert.equal(await value('dcr_tls_certificate_not_after_seconds'), expiry);
  assert.ok(logged.some((line) => line.includes(fingerprintOf('identity-server.pem')) && line.includes('notAfter')));

  copyFileSync(join(pki, 'dcr-service.pem'), mounted.certificate); // Not its key: half of a rotation.
  await until(async () => (await value('dcr_tls_reloads_total', { outcome: 'refused' })) === 1, 'the refusal');
  assert.equal(await shown(), fingerprintOf('identity-server.pem'));
  assert.doesNotMatch(logged.join(), /PRIVATE KEY/);

  mount('dcr-service');
  await until(async () => (await shown()) === fingerprintOf('dcr-service.pem'), 'the other half');
});

test('certificate and key that do not belong together are refused by the names of their settings', () => {
  const mixed = { ...identityOf('dcr-service'), key: inPki('gateway.key') };
  assert.throws(() => checkedIdentity(mixed), /DCR_TLS_KEY_FILE is not that of .* DCR_TLS_CERT_FILE/);
  const broken = { ...identityOf('dcr-service'), gatewayAuthorities: '-----BEGIN CERTIFICATE-----\nx' };
  assert.throws(() => checkedIdentity(broken), /DCR_GATEWAY_CA_FILE holds no certificate/);
});
