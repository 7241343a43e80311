import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readKeystore } from '../../local/emulator/stores.ts';
import { type Authority, issueCertificate } from '../../pki/issue-certificate.ts';
import { splitBundle } from '../../pki/pem.ts';
import { pkcs12Keystore } from '../../pki/pkcs12.ts';
import { authorityOf, authoritySetting, createAuthority } from './authority.ts';
import { converge, type Options } from './converge.ts';
import type { StackSettings } from './stack-settings.ts';
import { type FileSettings, openFileSettings } from './testing/file-settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'cdr-certificates-'));
after(() => rmSync(directory, { recursive: true }));

const storePassword = 'the stores of the tests';
const usual: Options = { renewBefore: 30, days: 397, plan: false, authorityOnly: false };
const year = 365 * 24 * 60 * 60 * 1000;

async function newStack(values: Record<string, string> = {}): Promise<FileSettings> {
  const settings = openFileSettings(mkdtempSync(join(directory, 'stack-')));
  for (const [key, value] of Object.entries({ storePassword, ...values })) await settings.set(key, value, 'plain');
  return settings;
}

/** Signing keys that are there already: making keys takes most of a test's time. */
const withSigningKeys = { apiManagerSigningKeystore: 'present', identityServerSigningKeystore: 'present' };

const changesOf = (lines: Awaited<ReturnType<typeof converge>>) =>
  lines.filter(({ action }) => action === 'issue').map(({ what }) => what.replace(/, declared in .*/, ''));

function keystoreOf(settings: FileSettings, key: string) {
  const file = join(directory, `${key}.p12`);
  writeFileSync(file, Buffer.from(settings.get(key) ?? '', 'base64'));
  return readKeystore(file, 'PKCS12', storePassword, 'wso2carbon');
}

const leafOf = (pem: string | undefined) => new X509Certificate(pem ?? '');
const authorityIn = (settings: StackSettings): Authority => authorityOf(settings) ?? assert.fail('there is no CA');

test('a stack that lacks everything gets a CA and all that it issues, by the names that others call them by', async () => {
  const settings = await newStack({
    gatewayCertificateIssuer: 'servers',
    gatewayCertificateNames: '["gateway.holder.example"]',
    identityHost: 'id.holder.example',
    recipientHost: 'recipients.holder.example',
    database: 'deployed',
    databaseTls: 'verify',
    apiManagerInstances: '2',
  });
  await converge(settings, usual);
  const authority = leafOf(authorityIn(settings).certificate);
  const certificates: [X509Certificate, string[]][] = [
    [
      leafOf(keystoreOf(settings, 'apiManagerKeystore').chain[0]),
      ['api-manager', 'api-manager-1', 'api-manager-2', 'gateway.holder.example', 'localhost'],
    ],
    [
      leafOf(keystoreOf(settings, 'identityServerKeystore').chain[0]),
      ['identity-server', 'id.holder.example', 'recipients.holder.example'],
    ],
    [leafOf(settings.get('dcrServiceCertificate')), ['dcr-service']],
    [leafOf(settings.get('postgresCertificate')), ['database']],
  ];
  for (const [certificate, names] of certificates) {
    assert.ok(certificate.verify(authority.publicKey) && certificate.checkIssued(authority));
    assert.match(certificate.subject, new RegExp(`^CN=${names[0]}$`, 'm'));
    for (const name of names) assert.equal(certificate.checkHost(name), name);
    assert.ok(certificate.keyUsage.includes('1.3.6.1.5.5.7.3.1') && certificate.keyUsage.includes('1.3.6.1.5.5.7.3.2'));
  }
  for (const [certificate, key] of [
    ['dcrServiceCertificate', 'dcrServiceKey'],
    ['postgresCertificate', 'postgresKey'],
  ] as const)
    assert.ok(leafOf(settings.get(certificate)).checkPrivateKey(createPrivateKey(settings.get(key) ?? '')));
  const folder = join(settings.trustDirectory, 'servers');
  assert.deepEqual(readdirSync(folder), ['stack-ca.pem']);
  assert.equal(leafOf(readFileSync(join(folder, 'stack-ca.pem'), 'utf8')).fingerprint256, authority.fingerprint256);
});

test('signing keys are RSA, their own issuers, and good for years', async () => {
  const settings = await newStack({ certificates: 'certManager' });
  assert.deepEqual(changesOf(await converge(settings, usual)), [
    'apiManagerSigningKeystore',
    'identityServerSigningKeystore',
  ]);
  // cert-manager has a CA of its own.
  assert.equal(settings.get(authoritySetting), undefined);
  for (const key of ['apiManagerSigningKeystore', 'identityServerSigningKeystore']) {
    const { chain, key: pem } = keystoreOf(settings, key);
    const certificate = leafOf(chain[0]);
    assert.equal(createPublicKey(pem).asymmetricKeyType, 'rsa');
    assert.ok(certificate.verify(certificate.publicKey) && certificate.issuer === certificate.subject);
    assert.ok(certificate.validToDate.getTime() > Date.now() + 9 * year);
  }
});

test('every key is kept as a secret, and the CA, too', async () => {
  const settings = await newStack(withSigningKeys);
  await converge(settings, usual);
  assert.deepEqual(settings.secrets().sort(), [authoritySetting, 'dcrServiceKey', 'identityServerKeystore'].sort());
  const plain = Object.entries(settings.all()).filter(([key]) => !settings.secrets().includes(key));
  for (const [key, value] of plain) assert.doesNotMatch(value, /PRIVATE KEY/, key);
});

test('a plan says the same and writes nothing; a second run has nothing to do', async () => {
  const settings = await newStack(withSigningKeys);
  const before = settings.all();
  const planned = changesOf(await converge(settings, { ...usual, plan: true }));
  assert.deepEqual(settings.all(), before);
  assert.throws(() => readdirSync(settings.trustDirectory));
  assert.deepEqual(changesOf(await converge(settings, usual)), planned);
  const done = settings.all();
  assert.deepEqual(changesOf(await converge(settings, usual)), []);
  assert.deepEqual(settings.all(), done);
});

test('what ends soon is renewed with another key, by the same CA; signing keys stay', async () => {
  const settings = await newStack(withSigningKeys);
  await converge(settings, usual);
  const before = settings.all();
  const changed = changesOf(await converge(settings, usual, Date.now() + 370 * 24 * 60 * 60 * 1000));
  assert.deepEqual(changed, ['identityServerKeystore', 'dcrServiceCertificate, dcrServiceKey']);
  const now = settings.all();
  assert.notEqual(now.dcrServiceKey, before.dcrServiceKey);
  assert.equal(now[authoritySetting], before[authoritySetting]);
  assert.equal(now.identityServerSigningKeystore, before.identityServerSigningKeystore);
  assert.ok(leafOf(now.dcrServiceCertificate).checkPrivateKey(createPrivateKey(now.dcrServiceKey ?? '')));
});

test('what another CA issued is left alone, ended or not, and who issued it is said', async () => {
  const other = await createAuthority('somebody else');
  const profile = { commonName: 'ours', purposes: ['server'], dnsNames: ['dcr-service'] } as const;
  const ended = await issueCertificate(other, profile, { notAfter: new Date(Date.now() - year / 365) });
  const store = pkcs12Keystore(
    { alias: 'wso2carbon', key: ended.key, chain: splitBundle(ended.certificate) },
    storePassword,
  );
  const settings = await newStack({
    ...withSigningKeys,
    dcrServiceCertificate: ended.certificate,
    dcrServiceKey: ended.key,
    identityServerKeystore: store.toString('base64'),
  });
  const before = settings.all();
  const lines = await converge(settings, usual);
  assert.deepEqual(changesOf(lines), []);
  assert.deepEqual(settings.all(), before);
  const left = lines.filter(({ what }) => /^(dcrService|identityServerKeystore)/.test(what));
  assert.equal(left.length, 2);
  for (const { reason } of left) assert.match(reason ?? '', /was issued by .*CN=somebody else issuing CA/);
});

const repairs: [what: string, change: (settings: FileSettings) => Promise<void> | void, changed: string[]][] = [
  ['a key that is gone', (settings) => settings.remove('dcrServiceKey'), ['dcrServiceCertificate, dcrServiceKey']],
  [
    'a key of another certificate',
    async (settings) => {
      const { key } = await createAuthority('sample');
      await settings.set('dcrServiceKey', key, 'secret');
    },
    ['dcrServiceCertificate, dcrServiceKey'],
  ],
  [
    'a name that it must have now',
    (settings) => settings.set('identityHost', 'id.holder.example', 'plain'),
    ['identityServerKeystore'],
  ],
  [
    'a CA that is not declared any more',
    (settings) => rmSync(join(settings.trustDirectory, 'servers', 'stack-ca.pem')),
    ['issuing CA of sample'],
  ],
  [
    'a CA that is gone',
    (settings) => settings.remove(authoritySetting),
    ['issuing CA of sample', 'identityServerKeystore', 'dcrServiceCertificate, dcrServiceKey'],
  ],
];
for (const [what, change, changed] of repairs) {
  test(`${what} is put right, and nothing else`, async () => {
    const settings = await newStack(withSigningKeys);
    await converge(settings, usual);
    await change(settings);
    assert.deepEqual(changesOf(await converge(settings, usual)), changed);
    assert.deepEqual(changesOf(await converge(settings, usual)), []);
  });
}

test('a CA that takes the place of another is declared beside it', async () => {
  const settings = await newStack(withSigningKeys);
  await converge(settings, { ...usual, authorityOnly: true });
  assert.equal(settings.get('dcrServiceCertificate'), undefined);
  settings.remove(authoritySetting);
  await converge(settings, { ...usual, authorityOnly: true });
  assert.deepEqual(readdirSync(join(settings.trustDirectory, 'servers')).sort(), ['stack-ca-2.pem', 'stack-ca.pem']);
});

test('a run that is cut off at any write is finished by the next', async () => {
  for (let cut = 0; ; cut += 1) {
    const settings = await newStack(withSigningKeys);
    let writes = 0;
    const failing: StackSettings = {
      ...settings,
      async set(...change) {
        if (writes === cut) throw new Error('cut off');
        writes += 1;
        await settings.set(...change);
      },
    };
    const finished = await converge(failing, usual).then(
      () => true,
      () => false,
    );
    if (finished) {
      assert.equal(cut, 4);
      return;
    }
    await converge(settings, usual);
    assert.deepEqual(changesOf(await converge(settings, usual)), []);
    const { dcrServiceCertificate, dcrServiceKey = '' } = settings.all();
    assert.ok(leafOf(dcrServiceCertificate).checkPrivateKey(createPrivateKey(dcrServiceKey)));
    assert.ok(leafOf(dcrServiceCertificate).verify(leafOf(authorityIn(settings).certificate).publicKey));
  }
});

const refusals: [what: string, values: Record<string, string>, at: number, message: RegExp][] = [
  ['no password of the stores', { storePassword: '' }, 0, /^storePassword is not set/],
  [
    'a CA setting that holds no CA',
    { [authoritySetting]: 'nonsense' },
    0,
    /^cdr-stack-certificates:authority holds no CA/,
  ],
  [
    'names that are no list',
    { gatewayCertificateIssuer: 'servers', gatewayCertificateNames: 'gateway.example' },
    0,
    /^gatewayCertificateNames must be a list/,
  ],
];
for (const [what, values, at, message] of refusals) {
  test(`${what}: refused, and nothing is written`, async () => {
    const settings = await newStack(values);
    const before = settings.all();
    await assert.rejects(converge(settings, usual, Date.now() + at), { name: 'InvocationError', message });
    assert.deepEqual(settings.all(), before);
  });
}

test('a renewal that would never be early enough is refused', async () => {
  const settings = await newStack(withSigningKeys);
  await assert.rejects(converge(settings, { ...usual, renewBefore: 90, days: 90 }), /--renew-before must be less/);
});

test('a CA that is about to end issues nothing more: somebody has to know', async () => {
  const settings = await newStack(withSigningKeys);
  await converge(settings, { ...usual, authorityOnly: true });
  await assert.rejects(
    converge(settings, usual, Date.now() + 10 * year),
    /issuing CA of sample expires on .*docs\/cert/,
  );
});

test('no certificate outlives its issuer', async () => {
  const settings = await newStack(withSigningKeys);
  await converge(settings, { ...usual, days: 9999 });
  const end = leafOf(authorityIn(settings).certificate).validToDate.getTime();
  assert.equal(leafOf(settings.get('dcrServiceCertificate')).validToDate.getTime(), end);
});
