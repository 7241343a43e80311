import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { samplePki } from '../local/pki/testing/sample-pki.ts';
import { parseSettings, SettingsError } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-settings-'));
after(() => rmSync(directory, { recursive: true }));
const file = (name: string, content: string) => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};
const pki = await samplePki(join(directory, 'pki'));
const pem = pki.file('cdr-root.pem');

const complete = {
  DCR_TLS_CERT_FILE: pem,
  DCR_TLS_KEY_FILE: pem,
  DCR_GATEWAY_CA_FILE: pem,
  DCR_GATEWAY_NAMES: 'gateway.example, localhost',
  DCR_RECIPIENT_CA_FILE: pem,
  DCR_ISSUER: 'https://localhost:9446/oauth2/token',
  DCR_REGISTER_JWKS_URL: 'https://register.example/jwks',
  DCR_IS_URL: 'https://localhost:9446',
  DCR_IS_USERNAME: 'admin',
  DCR_IS_PASSWORD: 'is-secret',
  DCR_APIM_URL: 'https://localhost:9443',
  DCR_APIM_USERNAME: 'admin',
  DCR_APIM_PASSWORD: 'apim-secret',
  DCR_DATABASE: 'dcr.sqlite',
};

test('what is not set has its documented default', () => {
  const settings = parseSettings(complete);
  assert.deepEqual(settings.portal, {
    keyManager: 'OBKM',
    regulatoryApis: [{ name: 'CDRDynamicClientRegistrationAPI', version: '0.2' }],
    businessPlan: 'Unlimited',
  });
  assert.deepEqual(settings.listener.gatewayNames, ['gateway.example', 'localhost']);
  assert.deepEqual(settings.registration, {
    duplicateError: 'invalid_client_metadata',
    singleUseSoftwareStatement: false,
    allowOrganisationChange: false,
  });
  assert.equal(settings.validation.requireAuthorizationSignedResponseAlg, true);
  assert.equal(settings.validation.clockTolerance, 30);
  assert.ok(settings.validation.supportedScopes.includes('cdr:registration'));
});

test('all faults are reported at once, each with its variable and what to do', () => {
  const faults = {
    ...complete,
    DCR_IS_URL: 'http://x',
    DCR_APIM_PASSWORD: undefined,
    DCR_PORT: '70000',
    DCR_TLS_KEY_FILE: '/nowhere/key',
    DCR_OPENAPI_FILE: '/nowhere/openapi.yaml',
  };
  assert.throws(
    () => parseSettings({ ...faults, DCR_ALLOWED_PRIVATE_ADDRESSES: '10.0.0.0/33', DCR_DUPLICATE_ERROR: 'oops' }),
    (error: unknown) => {
      assert.ok(error instanceof SettingsError);
      assert.match(error.message, /DCR_IS_URL .*https URL of WSO2 Identity Server/);
      assert.match(error.message, /DCR_APIM_PASSWORD is not set: set it, or DCR_APIM_PASSWORD_FILE/);
      assert.match(error.message, /DCR_PORT must be a port number/);
      assert.match(error.message, /DCR_TLS_KEY_FILE names \/nowhere\/key, which cannot be read \(ENOENT\)/);
      assert.match(error.message, /DCR_OPENAPI_FILE names \/nowhere\/openapi\.yaml, which cannot be read \(ENOENT\)/);
      assert.match(error.message, /DCR_ALLOWED_PRIVATE_ADDRESSES must be a comma list/);
      assert.match(error.message, /DCR_DUPLICATE_ERROR must be/);
      assert.doesNotMatch(error.message, /is-secret/);
      return true;
    },
  );
});

test('a secret may come from a file, but not from two places', () => {
  const secretFile = file('password', 'from the file\n');
  const fromFile = { ...complete, DCR_IS_PASSWORD: undefined, DCR_IS_PASSWORD_FILE: secretFile };
  assert.equal(parseSettings(fromFile).identityServer.password, 'from the file');
  assert.throws(() => parseSettings({ ...complete, DCR_IS_PASSWORD_FILE: secretFile }), /both set: keep one/);
});

test('an empty list of gateways, and scopes without which no client works, are refused', () => {
  const faults = { ...complete, DCR_GATEWAY_NAMES: ' , ', DCR_SUPPORTED_SCOPES: 'openid profile' };
  assert.throws(() => parseSettings(faults), /DCR_GATEWAY_NAMES must have at least one entry/);
  assert.throws(() => parseSettings(faults), /DCR_SUPPORTED_SCOPES must contain openid and cdr:registration/);
});

const contradictory: [what: string, changes: Record<string, string | undefined>, told: RegExp][] = [
  ['no store', { DCR_DATABASE: undefined }, /DCR_DATABASE is not set, and nor is DCR_DATABASE_URL: name either/],
  ['two stores', { DCR_DATABASE_URL: 'postgresql://db.example/dcr' }, /are both set: name either/],
  ['one port for two listeners', { DCR_PORT: '8446' }, /DCR_PORT and DCR_HEALTH_PORT are the same/],
  [
    "no recipients' authorities",
    { DCR_RECIPIENT_CA_FILE: undefined },
    /DCR_RECIPIENT_CA_FILE is not set: give the PEM/,
  ],
  [
    'no such authorities, although nobody looks revocation up',
    { DCR_RECIPIENT_CA_FILE: undefined, DCR_REVOCATION: 'off', DCR_TRUST_FILE: pem },
    /DCR_RECIPIENT_CA_FILE is not set/,
  ],
  ['introspection without an account', { DCR_TOKEN_VALIDATION: 'introspection' }, /needs DCR_INTROSPECTION_USERNAME/],
  [
    'TLS within the URL of PostgreSQL',
    { DCR_DATABASE: undefined, DCR_DATABASE_URL: 'postgresql://dcr:a-secret@db.example/dcr?sslmode=disable' },
    /DCR_DATABASE_URL must have no parameter but host/,
  ],
  [
    'a slip of the pen',
    { DCR_ISUER: 'https://x' },
    /DCR_ISUER is no setting of dcr-service: did you mean DCR_ISSUER\?/,
  ],
];
for (const [what, changes, told] of contradictory) {
  test(`settings with ${what} are refused`, () => {
    assert.throws(
      () => parseSettings({ ...complete, ...changes }),
      (error: unknown) => {
        assert.ok(error instanceof SettingsError);
        assert.match(error.message, told);
        assert.doesNotMatch(error.message, /a-secret/);
        return true;
      },
    );
  });
}

const root = readFileSync(pem, 'utf8');
const block = (label: string) => `-----BEGIN ${label}-----\nc2VjcmV0\n-----END ${label}-----\n`;
const authorityFiles: [what: string, content: string | Buffer, told: RegExp][] = [
  ['nothing', '', /which holds no PEM/],
  ['something in DER', new X509Certificate(root).raw, /which holds no PEM/],
  ['a private key alone', block('PRIVATE KEY'), /which holds a private key: take it out/],
  ['a private key beside a certificate', root + block('EC PRIVATE KEY'), /which holds a private key: take it out/],
  ['an encrypted private key', root + block('ENCRYPTED PRIVATE KEY'), /which holds a private key/],
  ['a key of OpenSSH', block('OPENSSH PRIVATE KEY'), /which holds a private key/],
  ['a certificate request', block('CERTIFICATE REQUEST'), /which holds a certificate request: give the certificate/],
  ['a request as older tools label it', block('NEW CERTIFICATE REQUEST'), /which holds a certificate request/],
  ['a revocation list', block('X509 CRL'), /which holds a revocation list/],
  ['a public key', block('PUBLIC KEY'), /which holds a public key/],
  [
    'a second block that is cut off',
    root + root.slice(0, 400),
    /which holds no certificate that can be read in its PEM block 2/,
  ],
  [
    'a second block of nonsense',
    root + block('CERTIFICATE'),
    /which holds no certificate that can be read in its PEM block 2/,
  ],
];
const authoritySettings = ['DCR_RECIPIENT_CA_FILE', 'DCR_GATEWAY_CA_FILE', 'DCR_TRUST_FILE', 'DCR_DATABASE_CA_FILE'];
for (const [what, content, told] of authorityFiles) {
  test(`a file of authorities that holds ${what} is refused with the reason, in whichever setting`, () => {
    writeFileSync(join(directory, 'authorities.pem'), content);
    for (const setting of authoritySettings) {
      assert.throws(
        () => parseSettings({ ...complete, [setting]: join(directory, 'authorities.pem') }),
        (error: unknown) => {
          assert.ok(error instanceof SettingsError);
          assert.match(error.message, new RegExp(`${setting} names .*authorities\\.pem, ${told.source}`));
          assert.doesNotMatch(error.message, /c2VjcmV0/);
          return true;
        },
      );
    }
  });
}

test("a certificate that is no CA cannot be a recipients' authority; a server's own may be trusted", () => {
  const leaf = pki.file('identity-server.pem');
  assert.throws(
    () => parseSettings({ ...complete, DCR_RECIPIENT_CA_FILE: leaf }),
    /DCR_RECIPIENT_CA_FILE names .*, which holds .*CN=Identity Server, and that is no CA: give the one that issued it/,
  );
  assert.match(parseSettings({ ...complete, DCR_TRUST_FILE: leaf }).trust ?? '', /BEGIN CERTIFICATE/);
});

test('text around the certificates, and line ends of any kind, do not matter', () => {
  const written = file('commented.pem', `# the CDR's\r\n${root.replaceAll('\n', '\r\n')}\nuntil 2036\n${root}`);
  const { clientCertificates } = parseSettings({ ...complete, DCR_RECIPIENT_CA_FILE: written });
  assert.equal(clientCertificates.authorities.length, 2);
});
