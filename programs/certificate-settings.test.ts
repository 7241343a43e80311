import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtime } from '@pulumi/pulumi';
import { readSettings } from './settings.ts';
import { configure } from './testing/recorded-stack.ts';
import { issuedByCertManager, sampleSettings } from './testing/sample-settings.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

await runtime.setMocks({ newResource: () => ({ id: '', state: {} }), call: () => ({}) }, 'cdr-stack', 'local');
const settings = await sampleSettings(temporaryDirectory());
const withCertManager = { ...settings, ...issuedByCertManager };
const gateway = { gatewayCertificateIssuer: 'recipients' };

function faultsOf(config: Record<string, string>): string[] {
  configure(config);
  try {
    readSettings();
    return [];
  } catch (error) {
    const [, ...faults] = error instanceof Error ? error.message.split('\n  ') : [];
    return faults;
  }
}

test('certificates that are given are enough, and those of cert-manager are', () => {
  assert.deepEqual(faultsOf(settings), []);
  assert.deepEqual(faultsOf(withCertManager), []);
  const mixed = { ...withCertManager, ...gateway, apiManagerKeystore: settings.apiManagerKeystore ?? '' };
  assert.deepEqual(faultsOf(mixed), []);
});

const cases: [what: string, config: Record<string, string>, fault: RegExp][] = [
  [
    'a keystore that is missing',
    { ...settings, apiManagerKeystore: '' },
    /^apiManagerKeystore is not set: give API Man/,
  ],
  ['a certificate that is missing', { ...settings, dcrServiceCertificate: '' }, /^dcrServiceCertificate is not set: /],
  ['a key that is missing', { ...settings, dcrServiceKey: '' }, /^dcrServiceKey is not set: .* npm run certificates/],
  ['an issuer that nobody asks', { ...settings, certificateIssuer: 'Issuer/a' }, /^certificateIssuer is set, but/],
  ['no issuer', { ...withCertManager, certificateIssuer: '' }, /^certificateIssuer is not set: name the issuer/],
  [
    'no kind of issuer',
    { ...withCertManager, certificateIssuer: 'internal-ca' },
    /^certificateIssuer must be kind\/name/,
  ],
  ['another way', { ...settings, certificates: 'acme' }, /^certificates must be one of: given, certManager\.$/],
  [
    'both at once',
    { ...withCertManager, identityServerKeystore: settings.identityServerKeystore ?? '' },
    /^identityServerKeystore is set, but certificates is certManager, which issues it: pulumi config rm/,
  ],
  [
    "both at once, for the gateway's certificate",
    { ...withCertManager, apiManagerKeystore: settings.apiManagerKeystore ?? '' },
    /^apiManagerKeystore is set, but certificates is certManager/,
  ],
  [
    "no certificate of the CDR's CA",
    { ...withCertManager, ...gateway },
    /^apiManagerKeystore is not set: the CDR's CA/,
  ],
  [
    'a signing key that would be exchanged',
    { ...withCertManager, identityServerSigningKeystore: '' },
    /^identityServerSigningKeystore is not set: cert-manager exchanges/,
  ],
];
for (const [what, config, fault] of cases) {
  test(`${what} is refused with what to do`, () => {
    const [found = '', ...others] = faultsOf(config);
    assert.match(found, fault);
    assert.deepEqual(others, []);
  });
}

test('missing certificates are reported together with every other fault', () => {
  const faults = faultsOf({ ...settings, dcrServiceImage: 'latest', identityServerKeystore: '' });
  assert.deepEqual(
    faults.map((fault) => fault.split(' ')[0]),
    ['dcrServiceImage', 'identityServerKeystore'],
  );
});
