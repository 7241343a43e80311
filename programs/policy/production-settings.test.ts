import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunError, runtime } from '@pulumi/pulumi';
import { readSettings } from '../settings.ts';
import { configure, recordStack } from '../testing/recorded-stack.ts';
import { deployedDatabase, productionSettings } from '../testing/sample-settings.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { productionFaults, requireFitSettings } from './production-settings.ts';

await runtime.setMocks({ newResource: () => ({ id: '', state: {} }), call: () => ({}) }, 'cdr-stack', 'prod');
const fit = await productionSettings(temporaryDirectory());

function settingsOf(changes: Record<string, string>) {
  configure({ ...fit, ...changes });
  return readSettings();
}

const kms = 'secretsprovider: awskms://alias/cdr-stack\nencryptedkey: abc\n';
const faultsOf = (changes: Record<string, string>, stackFile = kms, now = new Date()) =>
  productionFaults(settingsOf(changes), { stackFile, now, secrets: { ...fit, ...changes } }).map(
    ([key, message]) => `${key} ${message}`,
  );
const edge = {
  edge: 'loadBalancer',
  gatewayHost: 'mtls.holder.example',
  identityHost: 'id.holder.example',
  recipientHost: 'recipients.holder.example',
  identityIngressClass: 'public',
  edgeNamespaces: '["ingress"]',
};
const portals = { portalHost: 'portal.holder.example', portalIngressClass: 'internal' };

test('settings that are fit for production have no fault', () => {
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(faultsOf(edge), []);
});

/** Which an embedded database makes necessary. */
const single = {
  apiManagerInstances: '1',
  identityServerReplicas: '1',
  productionExceptions: '["oneApiManager","oneIdentityServer"]',
};

/** What a production stack may do without, and the exception by which it does. */
const accepted: [changes: Record<string, string>, fault: RegExp, exception: string][] = [
  [{ apiManagerInstances: '1' }, /^apiManagerInstances is 1: /, 'oneApiManager'],
  [{ identityServerReplicas: '1' }, /^identityServerReplicas is 1: /, 'oneIdentityServer'],
  [{ ...edge, ...portals }, /^portalHost is set: /, 'publicPortals'],
  [{ gatewayRevocation: 'false' }, /^gatewayRevocation is false: /, 'gatewayWithoutRevocation'],
  [
    { ...edge, recipientHost: '', identityIngressClass: '', edgeNamespaces: '[]' },
    /^recipientHost is empty: .*name a host for recipients, or/,
    'oneIdentityHost',
  ],
  [
    {
      ...edge,
      recipientHost: '',
      identityIngressClass: '',
      edgeNamespaces: '[]',
      generation: '4.2',
      gatewayRevocation: 'false',
    },
    /^recipientHost is empty: .*Identity Server 6\.1 cannot have one/,
    'oneIdentityHost',
  ],
];

const unfit: [changes: Record<string, string>, fault: RegExp][] = [
  [{ database: 'embedded', databaseHost: '', ...single }, /^database is embedded: /],
  [{ ...deployedDatabase, databaseHost: '', jdbcDriverUrl: '', jdbcDriverSha256: '' }, /^database is deployed: /],
  [{ databaseTls: 'none' }, /^databaseTls is "none", /],
  [{ size: 'emulator' }, /^size is emulator: /],
  [{ registerImage: 'emulator:a1', registerPkiDirectory: '.' }, /^registerImage is set: /],
  [{ apiManagerSigningKeystore: '' }, /^apiManagerSigningKeystore is not set: /],
  [{ identityServerSigningKeystore: '' }, /^identityServerSigningKeystore is not set: /],
  [{ revocation: 'off' }, /^revocation is off: /],
  [{ allowedPrivateNetworks: '["10.0.0.0/8"]' }, /^allowedPrivateNetworks is not empty: /],
  [{ serviceUsers: '' }, /^serviceUsers is not set: /],
  [{ identityServerPassword: fit.apiManagerPassword ?? '' }, /^identityServerPassword is the same as apiManagerPass/],
  [{ endpointSecret: fit.encryptionKey ?? '' }, /^endpointSecret is the same as encryptionKey: /],
  [{ replicaTraffic: 'unprotected' }, /^replicaTraffic is unprotected: /],
  [
    { replicaTraffic: 'unprotected', apiManagerInstances: '1', productionExceptions: '["oneApiManager"]' },
    /^replicaTraffic is unprotected: /,
  ],
  [{ ...edge, edgeNamespaces: '[]' }, /^edgeNamespaces is empty: /],
  [
    {
      ...edge,
      ...portals,
      recipientHost: '',
      identityIngressClass: '',
      edgeNamespaces: '[]',
      productionExceptions: '["publicPortals","oneIdentityHost"]',
    },
    /^edgeNamespaces is empty: /,
  ],
];
for (const [changes, fault] of unfit) {
  test(`${JSON.stringify(changes).slice(0, 40)} is refused by its key`, () => {
    const [found, ...others] = faultsOf(changes);
    assert.match(found ?? '', fault);
    assert.deepEqual(others, []);
  });
}

for (const [changes, fault, exception] of accepted)
  test(`${exception} is an exception that settings take by name, generation ${changes.generation ?? '4.7'}`, () => {
    const [found, ...others] = faultsOf(changes);
    assert.match(found ?? '', fault);
    assert.ok(found?.includes(`add ${exception} to productionExceptions`));
    assert.deepEqual(others, []);
    assert.deepEqual(faultsOf({ ...changes, productionExceptions: JSON.stringify([exception]) }), []);
  });

test('one server of each kind has no replicas whose traffic needs protection', () => {
  assert.deepEqual(faultsOf({ ...single, replicaTraffic: 'unprotected' }), []);
});

test('an unknown exception is refused with the names of all', () => {
  assert.throws(
    () => settingsOf({ productionExceptions: '["noPasswords"]' }),
    /productionExceptions must be a list of: oneApiManager, oneIdentityServer, oneIdentityHost, publicPortals, gatewayWithoutRevocation; or \[\]/,
  );
});

test('secrets that are the same are named, and their value is not', () => {
  const same = { identityServerPassword: fit.apiManagerPassword ?? '' };
  assert.throws(
    () => requireFitSettings(settingsOf(same)),
    ({ message }: RunError) =>
      message.includes('identityServerPassword is the same as apiManagerPassword') &&
      !message.includes(same.identityServerPassword),
  );
});

test('a passphrase as secrets provider is refused', () => {
  assert.match(
    faultsOf({}, 'encryptionsalt: v1:abc=\n').join(),
    /^production is true, but the stack is encrypted by a pass/,
  );
});

test('a certificate with less than thirty days left is refused with its subject and its last day', () => {
  const [found = ''] = faultsOf({}, kms, new Date(Date.now() + 365 * 100 * 86_400_000));
  assert.match(found, /^dcrServiceCertificate holds a certificate \(.*CN=.*\) that ends on \d{4}-\d\d-\d\d: /);
});

test('all faults are reported at once', () => {
  requireFitSettings(settingsOf({}));
  assert.throws(
    () => requireFitSettings(settingsOf({ database: 'embedded', databaseHost: '', ...single, revocation: 'off' })),
    (error) =>
      error instanceof RunError &&
      /prod is marked production[\s\S]*database is[\s\S]*revocation is/.test(error.message),
  );
});

test('a program refuses a stack that is marked production before it makes anything, and makes another', async () => {
  const changes = { ...fit, revocation: 'off' };
  assert.ok((await recordStack(changes, 'prod')).resources.length > 0);
  await assert.rejects(recordStack({ ...changes, production: 'true' }, 'prod'), /revocation is off/);
});
