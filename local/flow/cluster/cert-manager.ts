import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { z } from 'zod';
import {
  certificateReady,
  makeClusterIssuer,
  renewCertificate,
  secretOf,
  startCertManager,
  stopCertManager,
} from '../../cluster/cert-manager.ts';
import { clusterLayout } from '../../cluster/layout.ts';
import { until } from '../../cluster/until.ts';
import { directory, kubectl, provision, quickstart, runPulumi, state } from './environment.ts';
import { startRegistrationStream } from './registration-stream.ts';
import { shownCertificate } from './shown-certificate.ts';

// A stack that runs with certificates of the quick start is given to cert-manager, which then renews them.

const layout = clusterLayout(join(directory, 'node'));
const namespace = 'cdr-local';
const servers = { 'api-manager': 8243, 'identity-server': 9443, 'dcr-service': 8443, database: 5432 } as const;
type Part = keyof typeof servers;
const parts = Object.keys(servers) as Part[];
let ca: string;

after(() => stopCertManager(layout));

const up = () => runPulumi('up', '--yes', '--skip-preview');
const changed = /\d+ (created|updated|replaced|deleted)/;

const fingerprintOf = async (part: Part) => (await shownCertificate(part, servers[part], ca)).fingerprint256;
const certificatesShown = async () =>
  Object.fromEntries(await Promise.all(parts.map(async (part) => [part, await fingerprintOf(part)] as const)));

const podList = z.object({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ uid: z.string(), labels: z.record(z.string(), z.string()) }),
      status: z.looseObject({ containerStatuses: z.array(z.looseObject({ restartCount: z.number() })).default([]) }),
    }),
  ),
});

/** Each part's containers, by ids that differ from those of their successors. */
async function containers(): Promise<Record<string, string[]>> {
  const { items } = podList.parse(JSON.parse(await kubectl('get', 'pods', '--output', 'json')));
  const found: Record<string, string[]> = {};
  for (const { metadata, status } of items) {
    const restarts = status.containerStatuses.map(({ restartCount }) => restartCount).join(',');
    const part = metadata.labels['app.kubernetes.io/name'] ?? '';
    found[part] = [...(found[part] ?? []), `${metadata.uid} ${restarts}`].sort();
  }
  return found;
}

test('the stack comes up with certificates that it is given', async () => {
  const { registration } = await quickstart('--database', 'deployed');
  assert.equal(registration.status, 201);
});

test('a stack that names an issuer has its certificates from it: the pods start with them, and nothing else is to be done', async () => {
  await startCertManager(layout);
  ca = await makeClusterIssuer(layout, 'internal-ca');
  await writeFile(join(state.serverTrust, 'internal-ca.pem'), ca);
  const settings = {
    certificates: 'certManager',
    certificateIssuer: 'ClusterIssuer/internal-ca',
    gatewayCertificateIssuer: 'servers',
  };
  for (const [setting, value] of Object.entries(settings))
    await runPulumi('config', 'set', `cdr-stack:${setting}`, value, '--stack', 'local');
  const given = ['apiManagerKeystore', 'identityServerKeystore', 'dcrServiceCertificate', 'dcrServiceKey'];
  for (const setting of [...given, 'postgresCertificate', 'postgresKey'])
    await runPulumi('config', 'rm', `cdr-stack:${setting}`, '--stack', 'local');
  await up();
  for (const part of parts) {
    const { revision } = await certificateReady(layout, namespace, part);
    assert.equal(revision, 1, part);
    // By the CA's name and the server's own, or there is no connection.
    await shownCertificate(part, servers[part], ca);
  }
  assert.doesNotMatch(await up(), changed);
  await runPulumi('refresh', '--preview-only', '--expect-no-changes');
});

test('no private key of cert-manager is in the state of Pulumi', async () => {
  const exported = await runPulumi('stack', 'export', '--show-secrets', '--stack', 'local');
  for (const part of parts) {
    const { 'tls.key': key = assert.fail('no key'), 'keystore.p12': store } = await secretOf(
      layout,
      namespace,
      `${part}-certificate`,
    );
    for (const secret of [
      key.toString('base64'),
      JSON.stringify(key.toString()).slice(1, -1),
      store?.toString('base64'),
    ])
      assert.ok(secret === undefined || !exported.includes(secret), part);
  }
});

test('provisioned, it accepts registrations that are used', async () => {
  const { exitCode, stderr } = await provision();
  assert.equal(exitCode, 0, stderr);
  await isUsed();
});

test('a renewal reaches dcr-service by itself; the others show the old certificate, and a preview says that there is something to do', async () => {
  const [shown, running] = await Promise.all([certificatesShown(), containers()]);
  for (const part of parts) await renewCertificate(layout, namespace, part);
  // kubelet brings a changed Secret to the pod within some ninety seconds.
  await until('dcr-service to show its next certificate', 180, async () => {
    return (await fingerprintOf('dcr-service')) !== shown['dcr-service'];
  });
  const now = await certificatesShown();
  assert.deepEqual(
    parts.filter((part) => now[part] !== shown[part]),
    ['dcr-service'],
  );
  assert.deepEqual(await containers(), running);
  await isUsed();
  await assert.rejects(runPulumi('preview', '--expect-no-changes'));
});

test('`pulumi up` brings the renewal to the servers that read theirs at start only, and replaces no other pod', async () => {
  const [shown, running] = await Promise.all([certificatesShown(), containers()]);
  await up();
  const [now, after] = await Promise.all([certificatesShown(), containers()]);
  const differ = <Of>(one: Record<string, Of>, other: Record<string, Of>) =>
    Object.keys(one)
      .filter((part) => JSON.stringify(one[part]) !== JSON.stringify(other[part]))
      .sort();
  const restarted = ['api-manager', 'database', 'identity-server'];
  assert.deepEqual(differ(shown, now), restarted);
  assert.deepEqual(differ(running, after), restarted);
  await runPulumi('preview', '--expect-no-changes');
  const { exitCode, stdout } = await provision(['--expect-no-changes']);
  assert.equal(exitCode, 0, stdout);
  await isUsed();
});

test('of two API Managers, which have one certificate, a renewal replaces one after the other: one is always there for recipients', async () => {
  await runPulumi('config', 'set', 'cdr-stack:apiManagerInstances', '2', '--stack', 'local');
  await up();
  const instances = ['api-manager-1', 'api-manager-2'];
  const shown = () =>
    Promise.all(
      instances.map(async (name) => (await shownCertificate(name, servers['api-manager'], ca)).fingerprint256),
    );
  const before = await shown();
  assert.equal(new Set(before).size, 1);
  const { exitCode, stdout } = await provision(['--expect-no-changes']);
  assert.equal(exitCode, 0, stdout);

  await renewCertificate(layout, namespace, 'api-manager');
  await isThereWhile(up);
  const now = await shown();
  assert.equal(new Set(now).size, 1);
  assert.notDeepEqual(now, before);
});

/** New products are registered, each is accepted, and each registration is read with a token of its own. */
async function isUsed(): Promise<void> {
  const stream = await startRegistrationStream('https://recipient:8444');
  try {
    await until('a registration to be answered', 60, async () => stream.attempts.length > 0);
    await stream.stop();
    for (const { outcome, clientId = '' } of stream.attempts)
      assert.deepEqual([outcome, await stream.read(clientId)], [201, 200]);
  } finally {
    await stream.stop();
    stream.close();
  }
}

/**
 * Every registration is answered while something is done. One that is under way just then may be answered 503, as dcr-service says whose
 * call to the server that ends was lost.
 */
async function isThereWhile(work: () => Promise<unknown>): Promise<void> {
  const stream = await startRegistrationStream('https://recipient:8444');
  try {
    await until('a registration to be answered', 60, async () => stream.attempts.length > 0);
    await work();
    await stream.stop();
    const outcomes = stream.attempts.map(({ outcome }) => outcome).filter((outcome) => outcome !== 201);
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== 503),
      [],
    );
    assert.ok(outcomes.length <= 2, `${outcomes.length} of ${stream.attempts.length} were answered 503`);
  } finally {
    await stream.stop();
    stream.close();
  }
}
