import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { splitBundle } from '../../pki/pem.ts';
import { readKeystore, readTruststore } from '../emulator/stores.ts';
import { createPki } from './certificates.ts';
import { keytool } from './keytool.ts';
import type { Pki } from './pki.ts';
import { certificateSetHash, type StoreType, storeTool, writeKeystore, writeTruststore } from './stores.ts';

const password = 'correct horse 7';
const withoutJava = storeTool() === 'keytool' ? false : 'no keytool on the PATH: install a Java runtime to run this';
let directory: string;
let pki: Pki;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-stores-'));
  pki = await createPki(join(directory, 'pki'));
});

after(() => rm(directory, { recursive: true }));

const fileOf = (name: string) => join(directory, name);
const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;

function listStore(file: string, type: StoreType): Promise<string> {
  const store = ['-keystore', file, '-storetype', type, '-storepass:env', 'STORE_PASSWORD'];
  return keytool(['-list', ...store], { STORE_PASSWORD: password });
}

/** A truststore of three certificates in two PEM texts, and what it has to hold. */
const truststore = onceForType(async (type) => {
  const file = fileOf(`trust.${type}`);
  const { cdrRoot, cdrIssuing, platform } = pki.authorities;
  const bundle = { alias: 'CDR', pem: cdrRoot.certificate + cdrIssuing.certificate };
  const entries = [bundle, { alias: 'platform', pem: platform.certificate }];
  await writeTruststore({ file, type, password, entries });
  return {
    file,
    expected: { cdr: cdrRoot.certificate, 'cdr-2': cdrIssuing.certificate, platform: platform.certificate },
  };
});

const keystore = onceForType(async (type) => {
  const file = fileOf(`key.${type}`);
  const { key, certificate: chain } = pki.parties.gateway;
  await writeKeystore({ file, type, password, alias: 'wso2carbon', key, chain });
  return { file, key, chain };
});

/** Tests share the stores that they only read: each JKS store costs the start of a JVM. */
function onceForType<Made>(make: (type: StoreType) => Promise<Made>): (type: StoreType) => Promise<Made> {
  const made = new Map<StoreType, Promise<Made>>();
  return (type) => {
    const present = made.get(type) ?? make(type);
    made.set(type, present);
    return present;
  };
}

// Each of these waits for a JVM, so they wait together.
suite('stores as Java sees them', { concurrency: true, skip: withoutJava }, () => {
  for (const type of ['JKS', 'PKCS12'] as const) {
    test(`every certificate of a ${type} truststore is trusted, each of a bundle under its own alias`, async () => {
      const { file, expected } = await truststore(type);
      const listing = await listStore(file, type);
      for (const [alias, pem] of Object.entries(expected)) {
        assert.match(listing, new RegExp(`^${alias}, .*trustedCertEntry,\\s*\\n.*${fingerprint(pem)}`, 'm'));
      }
      assert.match(listing, /contains 3 entries/);
    });

    test(`the key of a ${type} keystore is a private key with its certificate`, async () => {
      const { file, chain } = await keystore(type);
      const listing = await listStore(file, type);
      assert.match(listing, new RegExp(`^wso2carbon, .*PrivateKeyEntry,\\s*\\n.*${fingerprint(chain)}`, 'm'));
    });
  }

  test('an elliptic-curve key is one too', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const file = fileOf('elliptic.p12');
    // The certificate need not fit for the store to be readable: that the key is not RSA is what matters here.
    await writeKeystore({ file, type: 'PKCS12', password, alias: 'ec', key, chain: pki.parties.gateway.certificate });
    assert.match(await listStore(file, 'PKCS12'), /^ec, .*PrivateKeyEntry/m);
  });

  test('what keytool refuses is said without the password', async () => {
    const file = fileOf('damaged.p12');
    await writeFile(file, 'not a store');
    await assert.rejects(listStore(file, 'PKCS12'), (error: Error) => {
      assert.match(error.message, /^keytool -list failed: keytool error/);
      assert.doesNotMatch(error.message, new RegExp(password));
      return true;
    });
  });
});

for (const type of ['JKS', 'PKCS12'] as const) {
  test(`the emulator reads from ${type} stores what was written`, { skip: type === 'JKS' && withoutJava }, async () => {
    const [trust, own] = await Promise.all([truststore(type), keystore(type)]);
    const trusted = readTruststore(trust.file, type, password).map(({ alias, pem }) => [alias, fingerprint(pem)]);
    const expected = Object.entries(trust.expected).map(([alias, pem]) => [alias, fingerprint(pem)]);
    assert.deepEqual(trusted.sort(), expected.sort());

    const { key, chain } = readKeystore(own.file, type, password, 'wso2carbon');
    assert.ok(createPrivateKey(key).equals(createPrivateKey(own.key)));
    assert.deepEqual(chain.map(fingerprint), splitBundle(own.chain).map(fingerprint));
  });
}

test('a PKCS12 keystore serves TLS unchanged, and not without its password', async () => {
  const { file } = await keystore('PKCS12');
  const pfx = await readFile(file);
  assert.ok(createServer({ pfx, passphrase: password }));
  assert.throws(() => createServer({ pfx, passphrase: 'another' }), /mac verify failure/);
});

test('a store is readable by its owner only and leaves no draft behind', async () => {
  const file = fileOf('mode.p12');
  const entries = [{ alias: 'cdr-root', pem: pki.authorities.cdrRoot.certificate }];
  await writeTruststore({ file, type: 'PKCS12', password, entries });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(
    (await readdir(directory)).filter((name) => name.startsWith('.')),
    [],
  );
});

test('a JKS store without keytool is refused with what to do instead', async (context) => {
  const path = process.env.PATH;
  context.after(() => {
    process.env.PATH = path;
  });
  process.env.PATH = directory;
  assert.equal(storeTool(), 'pkcs12');
  const entries = [{ alias: 'cdr-root', pem: pki.authorities.cdrRoot.certificate }];
  await assert.rejects(
    writeTruststore({ file: fileOf('refused.jks'), type: 'JKS', password, entries }),
    /refused\.jks is to be a JKS store.*install a Java runtime, or declare the store as PKCS12/,
  );
});

test('a password that readers would encode differently is refused', async () => {
  const entries = [{ alias: 'cdr-root', pem: pki.authorities.cdrRoot.certificate }];
  const store = { file: fileOf('umlaut.p12'), type: 'PKCS12', password: 'schlüssel', entries } as const;
  await assert.rejects(writeTruststore(store), /printable ASCII/);
});

test('two certificates never share an alias, whatever their case', async () => {
  const { cdrRoot, platform } = pki.authorities;
  const entries = [
    { alias: 'Root', pem: cdrRoot.certificate },
    { alias: 'root', pem: platform.certificate },
  ];
  const store = { file: fileOf('twice.p12'), type: 'PKCS12', password, entries } as const;
  await assert.rejects(writeTruststore(store), /Two certificates have the alias "root"/);
});

test('the hash of a set of certificates follows its content, not its order', () => {
  const root = { alias: 'cdr-root', pem: pki.authorities.cdrRoot.certificate };
  const platform = { alias: 'platform', pem: pki.authorities.platform.certificate };
  const hash = certificateSetHash([root, platform]);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(certificateSetHash([platform, root]), hash);
  assert.equal(certificateSetHash([{ ...root, pem: `a comment\n${root.pem}` }, platform]), hash);
  assert.notEqual(certificateSetHash([root]), hash);
  assert.notEqual(certificateSetHash([root, { ...platform, alias: 'renamed' }]), hash);
  assert.notEqual(certificateSetHash([root, { ...platform, pem: pki.authorities.foreign.certificate }]), hash);
});
