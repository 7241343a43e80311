// The Certificates that the programs render, before cert-manager's own controllers and an API server, without a node: npm run
// test:cert-manager. Needs Go, and once the network: cert-manager and Kubernetes are compiled where they are not in the cache.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { splitBundle } from '../../pki/pem.ts';
import { certificatesInPkcs12 } from '../../pki/read-pkcs12.ts';
import { deployedDatabase, issuedByCertManager } from '../../programs/testing/sample-settings.ts';
import { sampleStack } from '../../programs/testing/sample-stack.ts';
import { applyManifests } from '../cluster/api-server.ts';
import { startBareApiServer, stopBareApiServer } from '../cluster/bare-api-server.ts';
import {
  certificateReady,
  makeClusterIssuer,
  renewCertificate,
  secretOf,
  startCertManager,
  stopCertManager,
} from '../cluster/cert-manager.ts';
import { clusterLayout } from '../cluster/layout.ts';
import { readKeystore } from '../emulator/stores.ts';
import { keytool } from '../pki/keytool.ts';
import { manifestsOf } from './manifests.ts';

const namespace = 'cdr-local';
const directory = await mkdtemp(join(tmpdir(), 'cdr-cert-manager-'));
const layout = clusterLayout(join(directory, 'node'));
const { stack, settings } = await sampleStack({
  ...issuedByCertManager,
  ...deployedDatabase,
  postgresCertificate: '',
  postgresKey: '',
  apiManagerInstances: '2',
  edge: 'loadBalancer',
  gatewayHost: 'mtls.holder.example',
  identityHost: 'id.holder.example',
});
const { storePassword: password = assert.fail('no password') } = settings;
let authority: X509Certificate;

before(async () => {
  await startBareApiServer(layout);
  await startCertManager(layout);
  authority = new X509Certificate(await makeClusterIssuer(layout, 'internal-ca'));
});
after(async () => {
  await stopCertManager(layout);
  await stopBareApiServer(layout);
  await rm(directory, { recursive: true });
});

/** Where the API keeps the kinds that are put before it here. */
const places: Record<string, (name: string) => string> = {
  Namespace: (name) => `/api/v1/namespaces/${name}`,
  Secret: (name) => `/api/v1/namespaces/${namespace}/secrets/${name}`,
  Certificate: (name) => `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates/${name}`,
};

const names = {
  'api-manager': [
    'api-manager',
    'api-manager-1',
    'api-manager-2',
    'gateway.data-holder.example',
    'mtls.holder.example',
  ],
  database: ['database'],
  'dcr-service': ['dcr-service'],
  'identity-server': ['identity-server', 'id.holder.example'],
};
const withKeystore = ['api-manager', 'identity-server'];

const filesOf = (part: string) => secretOf(layout, namespace, `${part}-certificate`);

test('every Certificate of a stack is accepted and issued', async () => {
  const rendered = manifestsOf(stack).filter(({ kind }) => kind in places);
  const applied = rendered.map((object) => ({ path: places[object.kind]?.(object.metadata.name) ?? '', object }));
  await applyManifests(
    layout,
    applied.filter(({ object }) => object.kind === 'Namespace'),
  );
  await applyManifests(
    layout,
    applied.filter(({ object }) => object.kind !== 'Namespace'),
  );
  const certificates = rendered.filter(({ kind }) => kind === 'Certificate').map(({ metadata }) => metadata.name);
  assert.deepEqual(certificates.sort(), Object.keys(names));
  for (const name of certificates) {
    const { revision, notBefore, notAfter } = await certificateReady(layout, namespace, name);
    // The dates are what the pods bear: the program reads them here.
    assert.deepEqual([revision, days(notBefore, notAfter)], [1, 90]);
  }
});

for (const [part, hosts] of Object.entries(names)) {
  describe(`the Secret of ${part}`, () => {
    test('holds a certificate of the CA by every name of the server, for servers and clients', async () => {
      const { 'tls.crt': chain = assert.fail('no tls.crt') } = await filesOf(part);
      const [leaf = assert.fail('no certificate')] = splitBundle(chain.toString()).map(
        (pem) => new X509Certificate(pem),
      );
      assert.ok(leaf.checkIssued(authority) && leaf.verify(authority.publicKey));
      for (const host of [...hosts, `${part}.${namespace}.svc`]) assert.equal(leaf.checkHost(host), host);
      assert.deepEqual(leaf.keyUsage?.toSorted(), ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
      assert.equal(days(leaf.validFrom, leaf.validTo), 90);
    });

    test('holds the key of it, RSA in PKCS #8', async () => {
      const files = await filesOf(part);
      const key = keyIn(files);
      assert.match(files['tls.key']?.toString() ?? '', /^-----BEGIN PRIVATE KEY-----/);
      assert.deepEqual([key.asymmetricKeyType, key.asymmetricKeyDetails?.modulusLength], ['rsa', 2048]);
      assert.ok(leafIn(files).publicKey.equals(createPublicKey(key)));
    });

    if (withKeystore.includes(part)) test('holds a keystore that keytool and our readers open', () => opens(part));
    else
      test('holds no keystore', async () => {
        assert.deepEqual(Object.keys(await filesOf(part)).sort(), ['ca.crt', 'tls.crt', 'tls.key']);
      });

    test('has another key and another certificate after a renewal, in the keystore, too', async () => {
      const earlier = await filesOf(part);
      const { notBefore, notAfter } = await renewCertificate(layout, namespace, part);
      const files = await filesOf(part);
      assert.notEqual(leafIn(files).serialNumber, leafIn(earlier).serialNumber);
      assert.ok(!keyIn(files).equals(keyIn(earlier)));
      assert.ok(leafIn(files).publicKey.equals(createPublicKey(keyIn(files))));
      const [from, to] = [leafIn(files).validFrom, leafIn(files).validTo].map((date) => new Date(date).getTime());
      assert.deepEqual([new Date(notBefore ?? '').getTime(), new Date(notAfter ?? '').getTime()], [from, to]);
      if (withKeystore.includes(part)) await opens(part);
    });
  });
}

type Files = Awaited<ReturnType<typeof filesOf>>;

const leafIn = (files: Files) => new X509Certificate(files['tls.crt'] ?? assert.fail('no tls.crt'));
const keyIn = (files: Files) => createPrivateKey(files['tls.key'] ?? assert.fail('no tls.key'));

/** The keystore holds what the PEM files hold: to Java, to our own reader, and after the init step as the servers get it. */
async function opens(part: string): Promise<void> {
  const files = await filesOf(part);
  const source = join(directory, `${part}.p12`);
  const store = files['keystore.p12'] ?? assert.fail('no keystore.p12');
  await writeFile(source, store);
  const fingerprint = leafIn(files).fingerprint256;
  const options = ['-list', '-keystore', source, '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD'];
  const listing = await keytool(options, { STORE_PASSWORD: password });
  assert.match(listing, new RegExp(`PrivateKeyEntry,\\s*\\n.*${fingerprint}`));
  assert.equal(listing.match(/PrivateKeyEntry/g)?.length, 1);
  assert.equal(certificatesInPkcs12(store, password)[0]?.fingerprint256, fingerprint);

  for (const type of ['JKS', 'PKCS12']) {
    const target = join(directory, `${part}.${type}`);
    const script = fileURLToPath(new URL('../../programs/init/stores.sh', import.meta.url));
    await promisify(execFile)('sh', [script, 'keystore', source, target, type, 'wso2carbon', 'any'], {
      env: { ...process.env, KEYSTORE_PASSWORD: password },
    });
    const { key, chain } = readKeystore(target, type, password, 'wso2carbon');
    assert.ok(createPrivateKey(key).equals(keyIn(files)), type);
    assert.equal(new X509Certificate(chain[0] ?? '').fingerprint256, fingerprint);
  }
}

function days(from = '', to = ''): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / (24 * 60 * 60 * 1000);
}
