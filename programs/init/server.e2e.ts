import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { readKeystore, readTruststore } from '../../local/emulator/stores.ts';
import { createPki } from '../../local/pki/certificates.ts';
import type { Pki } from '../../local/pki/pki.ts';
import { storeTool, writeKeystore, writeTruststore } from '../../local/pki/stores.ts';
import { clientKeyOptions } from '../deployment-toml/stores.ts';

// The whole init step of API Manager's pod, with real keytool, over a stand-in for the image's files.
const skip = storeTool() === 'keytool' ? false : 'no keytool on the PATH: install a Java runtime to run this';
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const stockHome = fileURLToPath(new URL('../../local/emulator/api-manager/home', import.meta.url));
const listenerProfile = 'repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2';
const apiTemplate = 'repository/resources/api_templates/velocity_template.xml';
const refusal = 'repository/deployment/server/synapse-configs/default/sequences/_auth_failure_handler_.xml';

let directory: string;
let pki: Pki;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-init-server-'));
  pki = await createPki(join(directory, 'pki'));
  const { cdrRoot, cdrIssuing, platform, foreign } = pki.authorities;
  // The key of it is public, as that of WSO2's images is.
  const sampleCertificate = pki.parties.stranger.certificate.replace(foreign.certificate, '');
  await cp(stockHome, at('image'), { recursive: true });
  await write('image/repository/database/WSO2CARBON_DB.mv.db', 'as shipped');
  await writeTruststore({
    file: await place('image/repository/resources/security/client-truststore.jks'),
    type: 'JKS',
    password: 'wso2carbon',
    entries: [
      { alias: 'public-ca', pem: foreign.certificate },
      { alias: 'wso2carbon', pem: sampleCertificate },
      { alias: 'gateway_certificate_alias', pem: sampleCertificate },
    ],
  });
  await writeKeystore({
    file: await place('input/signing-keystore/keystore.p12'),
    type: 'PKCS12',
    password: 'store password',
    alias: 'wso2carbon',
    key: pki.parties.apiManagerSigning.key,
    chain: pki.parties.apiManagerSigning.certificate,
  });
  await write('input/configuration/deployment.toml', '[server]\n');
  await write('input/trust/recipients/cdr-root.pem', cdrRoot.certificate);
  await write('input/trust/recipients/cdr-issuing.pem', cdrIssuing.certificate);
  await write('input/trust/servers/platform-ca.pem', platform.certificate);
  await writeKeystore({
    file: await place('input/keystore/keystore.p12'),
    type: 'PKCS12',
    password: 'store password',
    alias: 'wso2carbon',
    key: pki.parties.gateway.key,
    chain: pki.parties.gateway.certificate,
  });
  await mkdir(at('state'));
});
after(() => rm(directory, { recursive: true }));

const at = (path: string) => join(directory, path);
async function place(path: string): Promise<string> {
  await mkdir(dirname(at(path)), { recursive: true });
  return at(path);
}
const write = async (path: string, content: string) => writeFile(await place(path), content);

function prepare(environment: Record<string, string> = {}) {
  return $({
    quiet: true,
    nothrow: true,
    env: {
      PATH: process.env.PATH ?? '',
      SERVER_HOME: at('image'),
      INPUT: at('input'),
      CONFIG_VOLUME: at('overlay'),
      STATE_VOLUME: at('state'),
      KEYSTORE: 'wso2carbon.jks',
      TRUSTSTORE: 'client-truststore.jks',
      RECIPIENTS_TRUSTSTORE: 'recipients-truststore.jks',
      DCR_SERVICE_URL: 'https://dcr-service:8443',
      STORE_TYPE: 'JKS',
      KEY_ALIAS: 'wso2carbon',
      KEYSTORE_PASSWORD: 'store password',
      TRUSTSTORE_PASSWORD: 'store password',
      BASE_TRUSTSTORE_PASSWORD: 'wso2carbon',
      ...environment,
    },
  })`sh ${script('api-manager.sh')}`;
}

const aliases = (store: string) =>
  readTruststore(at(`overlay/repository/resources/security/${store}`), 'JKS', 'store password')
    .map(({ alias }) => alias)
    .sort();

test('the overlay holds everything that the server starts from, and again when the step is repeated', {
  skip,
}, async () => {
  for (const _ of ['first', 'again']) {
    const run = await prepare();
    assert.equal(run.exitCode, 0, run.stderr);
    assert.equal(await readFile(at('overlay/repository/conf/deployment.toml'), 'utf8'), '[server]\n');
    // Neither of the image's own entries: its sample key's certificate, and that by which the gateway takes API keys.
    assert.deepEqual(aliases('client-truststore.jks'), ['cdr-issuing', 'cdr-root', 'platform-ca', 'public-ca']);
    assert.deepEqual(aliases('recipients-truststore.jks'), ['cdr-issuing', 'cdr-root']);
    const keystore = at('overlay/repository/resources/security/wso2carbon.jks');
    assert.equal(readKeystore(keystore, 'JKS', 'store password', 'wso2carbon').chain.length, 2);
    assert.match(await readFile(at(`overlay/${listenerProfile}`), 'utf8'), /security\/recipients-truststore\.jks</);
    assert.match(await readFile(at(`overlay/${apiTemplate}`), 'utf8'), /MutualSSLCertificateHandler/);
    assert.match(await readFile(at(`overlay/${refusal}`), 'utf8'), /insufficient_scope/);
    assert.match(await readFile(at(`overlay/${refusal}`), 'utf8'), /dcr-service:8443\/recipient-gone/);
    assert.match(await readFile(at(`overlay/${clientKeyOptions}`), 'utf8'), /keyStorePassword="store password"/);
  }
});

test("the image's own files stay as they are", { skip }, () => {
  assert.equal(
    execFileSync('diff', ['-r', join(stockHome, 'repository/resources/conf'), at('image/repository/resources/conf')])
      .length,
    0,
  );
});

test('the key that signs is a store of its own', { skip }, async () => {
  assert.equal((await prepare({ SIGNING_KEYSTORE: 'signing.jks' })).exitCode, 0);
  const signing = at('overlay/repository/resources/security/signing.jks');
  const [certificate = ''] = readKeystore(signing, 'JKS', 'store password', 'wso2carbon').chain;
  assert.deepEqual(
    new X509Certificate(certificate).raw,
    new X509Certificate(pki.parties.apiManagerSigning.certificate).raw,
  );
});

test('a keystore of cert-manager, in which the key has another alias, is as good', { skip }, async () => {
  const { identityServer } = pki.parties;
  await cp(at('input'), at('issued'), { recursive: true });
  await writeKeystore({
    file: at('issued/keystore/keystore.p12'),
    type: 'PKCS12',
    password: 'store password',
    alias: '1',
    key: identityServer.key,
    chain: identityServer.certificate,
  });
  const run = await prepare({ INPUT: at('issued'), KEYSTORE_SOURCE_ALIAS: 'any' });
  assert.equal(run.exitCode, 0, run.stderr);
  const keystore = at('overlay/repository/resources/security/wso2carbon.jks');
  const [certificate = ''] = readKeystore(keystore, 'JKS', 'store password', 'wso2carbon').chain;
  assert.deepEqual(new X509Certificate(certificate).raw, new X509Certificate(identityServer.certificate).raw);
  const another = await prepare({ INPUT: at('issued'), KEYSTORE_SOURCE_ALIAS: 'any', KEYSTORE_PASSWORD: 'another' });
  assert.notEqual(another.exitCode, 0);
  assert.match(another.stderr, /holds no private key that its password opens/);
});

test('the databases of the image are laid on a new volume, and never over those of a server', { skip }, async () => {
  const database = at('state/WSO2CARBON_DB.mv.db');
  assert.equal(await readFile(database, 'utf8'), 'as shipped');
  await writeFile(database, 'written by the server');
  assert.equal((await prepare()).exitCode, 0);
  assert.equal(await readFile(database, 'utf8'), 'written by the server');
});

test('an image that is not as expected is refused with what is missing', async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ SERVER_HOME: at('nowhere') }, /there is no .*nowhere: this image is not of the version/],
    [{ TRUSTSTORE: 'client-truststore.p12' }, /the image has no .*client-truststore\.p12/],
  ];
  for (const [environment, message] of cases) {
    const run = await prepare(environment);
    assert.notEqual(run.exitCode, 0);
    assert.match(run.stderr, message);
  }
});

test('the JDBC driver lies where the server loads it from, beside the CA of its database', { skip }, async () => {
  await write('driver/postgresql.jar', 'the driver');
  await write('input/configuration/database-ca.pem', 'the CA');
  assert.equal((await prepare({ JDBC_DRIVER: at('driver') })).exitCode, 0);
  assert.equal(await readFile(at('overlay/repository/components/lib/postgresql.jar'), 'utf8'), 'the driver');
  assert.equal(await readFile(at('overlay/repository/resources/security/database-ca.pem'), 'utf8'), 'the CA');
  await rm(at('input/configuration/database-ca.pem'));
  assert.equal((await prepare({ JDBC_DRIVER: at('driver') })).exitCode, 0);
  assert.equal(
    await readFile(at('overlay/repository/resources/security/database-ca.pem'), 'utf8'),
    await readFile(at('input/trust/servers/platform-ca.pem'), 'utf8'),
  );
  const without = await prepare({ JDBC_DRIVER: at('state') });
  assert.notEqual(without.exitCode, 0);
  assert.match(without.stderr, /there is no JDBC driver in .*state: without one/);
});

test("the certificate of an edge is an entry of recipients' store, by which it is believed", { skip }, async () => {
  await write(
    'input/configuration/edge.pem',
    pki.parties.stranger.certificate.replace(pki.authorities.foreign.certificate, ''),
  );
  assert.equal((await prepare()).exitCode, 0);
  assert.deepEqual(aliases('recipients-truststore.jks'), ['cdr-issuing', 'cdr-root', 'edge']);
  await rm(at('input/configuration/edge.pem'));
  assert.equal((await prepare()).exitCode, 0);
  assert.deepEqual(aliases('recipients-truststore.jks'), ['cdr-issuing', 'cdr-root']);
});

test('no password is on a command line or in what the step prints', { skip }, async () => {
  const run = await prepare();
  assert.ok(!`${run.stdout}${run.stderr}`.includes('store password'));
  for (const name of ['stores.sh', 'server.sh', 'api-manager.sh'])
    assert.doesNotMatch(await readFile(script(name), 'utf8'), /-(src|dest)?storepass (?!\w)|storepass "\$/);
});
