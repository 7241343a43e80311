import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import {
  type Authority,
  authorityStatement,
  generateRsaKey,
  leafStatement,
  sign,
  type Validity,
} from '../../pki/issue-certificate.ts';
import { keepIdentityCurrent } from './listener-reload.ts';
import { createMetrics } from './metrics.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-dates-'));
after(() => rmSync(directory, { recursive: true }));

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = Date.now() + 5_000;
  while (!(await condition())) {
    assert.ok(Date.now() < giveUpAt, `${what} has not happened within five seconds`);
    await pause(10);
  }
}

const day = 24 * 60 * 60_000;
const inDays = (days: number) => new Date(Date.now() + days * day);
const [ownKey, issuingKey, rootKey] = await Promise.all([generateRsaKey(), generateRsaKey(), generateRsaKey()]);

async function authority(key: string, issuer: Authority | 'itself', validity: Validity = {}): Promise<Authority> {
  const commonName = issuer === 'itself' ? 'Own Root' : 'Own Issuing';
  const statement = await authorityStatement({ commonName, organization: 'Sample' }, key, issuer);
  return { certificate: await sign(statement, key, issuer, 3650, validity), key };
}
const root = await authority(rootKey, 'itself');
const issuing = await authority(issuingKey, root);
const profile = { commonName: 'dcr-service', purposes: ['server'], dnsNames: ['localhost'] } as const;
const own = async (validity: Validity, issuer = issuing) =>
  (await sign(await leafStatement(profile, ownKey, issuer), ownKey, issuer, 397, validity)) + issuer.certificate;

/** A listener that reads its files every few milliseconds, by a clock of the test's. */
async function reloading(initial: { certificate?: string; gatewayAuthorities?: string } = {}) {
  const place = mkdtempSync(join(directory, 'reload-'));
  const files = {
    certificate: join(place, 'tls.crt'),
    key: join(place, 'tls.key'),
    gatewayAuthorities: join(place, 'gateway.pem'),
    everyMs: 2,
  };
  const first = {
    certificate: await own({ notAfter: inDays(100) }),
    key: ownKey,
    gatewayAuthorities: root.certificate,
    ...initial,
  };
  for (const part of ['certificate', 'key', 'gatewayAuthorities'] as const) writeFileSync(files[part], first[part]);
  const server = createServer({ cert: first.certificate, key: ownKey });
  const metrics = createMetrics();
  const logged: Record<string, unknown>[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const state = { now: Date.now() };
  const kept = keepIdentityCurrent(server, first, files, { logger, metrics }, () => state.now);
  const count = async (outcome: string) => {
    const measured = await metrics.registry.getSingleMetric('dcr_tls_reloads_total')?.get();
    return measured?.values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
  };
  return {
    state,
    kept,
    logged,
    // Whole at once, as a mounted Secret changes.
    mount: (part: 'certificate' | 'gatewayAuthorities', pem: string) => {
      writeFileSync(`${files[part]}.new`, pem);
      renameSync(`${files[part]}.new`, files[part]);
    },
    count,
    counted: (outcome: string, times: number) =>
      until(async () => (await count(outcome)) === times, `${outcome} ${times} times`),
    messages: (level: number) =>
      logged
        .filter((line) => line.level === level)
        .map(({ msg, err }) => `${msg} ${(err as Error | undefined)?.message ?? ''}`),
  };
}

const ended = await authority(issuingKey, root, { notBefore: inDays(-20), notAfter: inDays(-1) });
const endedRoot = await authority(rootKey, 'itself', { notBefore: inDays(-20), notAfter: inDays(-1) });
const dropped: [what: string, part: 'certificate' | 'gatewayAuthorities', pem: string, told: RegExp][] = [
  [
    'an expired certificate',
    'certificate',
    await own({ notBefore: inDays(-9), notAfter: inDays(-1) }),
    /dcr-service in DCR_TLS_CERT_FILE expired at .* What is in use is valid/,
  ],
  [
    'a certificate of tomorrow',
    'certificate',
    await own({ notBefore: inDays(1), notAfter: inDays(200) }),
    /dcr-service in DCR_TLS_CERT_FILE is not valid before/,
  ],
  [
    'a certificate below an expired issuing CA',
    'certificate',
    await own({ notAfter: inDays(200) }, ended),
    /Own Issuing in DCR_TLS_CERT_FILE expired at/,
  ],
  [
    "expired authorities of the gateway's",
    'gatewayAuthorities',
    endedRoot.certificate,
    /Own Root in DCR_GATEWAY_CA_FILE expired at/,
  ],
];
for (const [what, part, pem, told] of dropped) {
  test(`${what} never takes the place of a valid one, and is told once`, async (t) => {
    const { kept, mount, count, counted, messages } = await reloading();
    t.after(() => kept.stop());
    mount(part, pem);
    await counted('refused', 1);
    await pause(30);
    assert.deepEqual([await count('taken'), await count('refused')], [0, 1]);
    assert.match(messages(50).join(), told);
  });
}

test('a certificate that was refused as too early is taken when its time has come', async (t) => {
  const { state, kept, mount, counted } = await reloading();
  t.after(() => kept.stop());
  mount('certificate', await own({ notBefore: inDays(1), notAfter: inDays(200) }));
  await counted('refused', 1);
  state.now += 2 * day;
  await counted('taken', 1);
});

test('an authority of the gateway that has ended may stand beside one that has not, and so may one above us', async (t) => {
  const { kept, mount, counted } = await reloading();
  t.after(() => kept.stop());
  mount('gatewayAuthorities', endedRoot.certificate + root.certificate);
  await counted('taken', 1);
  mount('certificate', (await own({ notAfter: inDays(200) })) + ended.certificate);
  await counted('taken', 2);
});

test('a certificate that expires earlier than the one in use is taken with a warning: a rollback needs it', async (t) => {
  const { kept, mount, counted, messages } = await reloading();
  t.after(() => kept.stop());
  mount('certificate', await own({ notAfter: inDays(200) }));
  await counted('taken', 1);
  assert.deepEqual(messages(40), []);
  mount('certificate', await own({ notAfter: inDays(50) }));
  await counted('taken', 2);
  assert.match(messages(40).join(), /expires earlier than the one before it/);
});

test('an expired certificate at the start is told, and a valid one takes its place', async (t) => {
  const { kept, mount, counted, messages } = await reloading({
    certificate: await own({ notBefore: inDays(-9), notAfter: inDays(-1) }),
  });
  t.after(() => kept.stop());
  assert.match(messages(50).join(), /the gateway cannot call this service: .* expired at/);
  mount('certificate', await own({ notAfter: inDays(50) }));
  await counted('taken', 1);
});
