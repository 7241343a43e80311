import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isSecret, Output, runtime } from '@pulumi/pulumi';
import { parse } from 'yaml';
import { optionalSecrets } from './optional-secrets.ts';
import { wellKnownPasswords } from './server-passwords.ts';
import { readSettings, settingKeys } from './settings.ts';
import { configure, stackFile } from './testing/recorded-stack.ts';
import {
  canaries,
  deployedDatabase,
  externalDatabase,
  sampleSettings,
  severalServers,
} from './testing/sample-settings.ts';

let directory: string;
let settings: Record<string, string>;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-settings-'));
  settings = await sampleSettings(directory);
  await runtime.setMocks({ newResource: () => ({ id: '', state: {} }), call: () => ({}) }, 'cdr-stack', 'local');
});
after(() => rm(directory, { recursive: true }));

/** The faults of these settings, one a line, without the heading. */
function faultsOf(config: Record<string, string>, encrypted?: readonly string[]): string[] {
  configure(config, encrypted);
  try {
    readSettings();
    return [];
  } catch (error) {
    assert.ok(error instanceof Error);
    const [heading, ...faults] = error.message.split('\n');
    assert.equal(heading, 'The settings of stack local are not usable:');
    return faults.map((fault) => fault.trim());
  }
}

const without = (...keys: string[]) =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));

test('Pulumi.yaml declares exactly the settings that are read, each with a description, and every secret as one', () => {
  const { config } = parse(readFileSync(new URL('../Pulumi.yaml', import.meta.url), 'utf8')) as {
    config: Record<string, { description?: string; secret?: boolean; default?: unknown }>;
  };
  assert.deepEqual(Object.keys(config).sort(), [...settingKeys].sort());
  for (const [key, { description, secret, default: value }] of Object.entries(config)) {
    assert.ok(description?.endsWith('.'), `${key} is not described in a sentence`);
    // Pulumi has no optional secrets: of those the program itself looks whether they are encrypted.
    assert.equal(secret === true, key in canaries && !optionalSecrets.includes(key), key);
    if (secret) assert.equal(value, undefined, `${key} is secret and has a default`);
  }
});

test("secrets stay Pulumi's secrets; everything else is plain", async () => {
  configure(settings);
  for (const [key, value] of Object.entries(readSettings()))
    assert.equal(Output.isInstance(value) && (await isSecret(value)), key in canaries, key);
});

test('a stack has its namespace and its trust by its own name, unless it says otherwise', () => {
  configure({ ...settings, trustDirectory: '' });
  const own = readSettings();
  const project = fileURLToPath(new URL('..', import.meta.url));
  assert.deepEqual([own.namespace, own.trustDirectory], ['cdr-local', resolve(project, 'stacks/local/trust')]);
  configure({ ...settings, namespace: 'elsewhere', trustDirectory: 'trust' });
  const told = readSettings();
  assert.deepEqual([told.namespace, told.trustDirectory], ['elsewhere', resolve(project, 'trust')]);
});

for (const stack of ['dev', 'prod']) {
  test(`stacks/Pulumi.${stack}.yaml lacks only what nobody but its owner can give`, () => {
    const faults = faultsOf({ ...stackFile(stack), trustDirectory: settings.trustDirectory ?? '' });
    for (const fault of faults) assert.match(fault, / (is not set|is empty|are needed)\b/);
    assert.ok(faults.length > 5);
  });
}

test('every fault is reported at once, by its key', () => {
  assert.deepEqual(
    faultsOf({
      ...without('kubernetes:context', 'storePassword', 'dcrServiceImage'),
      apiManagerImag: 'emulator:a1',
      generation: '4.1',
      colour: 'blue',
    }),
    [
      'apiManagerImag is no setting: did you mean apiManagerImage?',
      'colour is no setting; Pulumi.yaml lists all.',
      'kubernetes:context is not set: name the context of the cluster (pulumi config set kubernetes:context NAME); the current context is never used implicitly.',
      'generation must be one of: 4.7, 4.2.',
      'dcrServiceImage is not set: name the image of dcr-service, built from dcr-service/Dockerfile.',
      'storePassword is not set: set it with pulumi config set --secret.',
    ],
  );
});

test("a password that a server's files cannot bear is refused by its setting, and not repeated", () => {
  const passwords = ['apiManagerPassword', 'identityServerPassword', 'storePassword', 'databasePassword'];
  for (const character of `&<>'"@:/%$\\ é`) {
    const password = `Pass-${character}-word1`;
    const users = { publisher: password, subscriber: password, registration: password, connector: password };
    const given = {
      ...Object.fromEntries(passwords.map((key) => [key, password])),
      serviceUsers: JSON.stringify(users),
    };
    const faults = faultsOf({ ...settings, ...externalDatabase, ...given });
    assert.deepEqual(
      faults
        .filter((fault) => fault.includes('letters, digits, ".", "_", "~" and "-"'))
        .map((fault) => fault.split(' ')[0]),
      ['apiManagerPassword', 'identityServerPassword', 'serviceUsers', 'storePassword', 'databasePassword'],
      character,
    );
    assert.ok(!faults.join().includes(password), character);
  }
});

test('a password that everybody knows is refused by every setting that takes one', () => {
  const passwords = [
    'apiManagerPassword',
    'identityServerPassword',
    'storePassword',
    'databasePassword',
    'dcrDatabasePassword',
  ];
  for (const password of [...wellKnownPasswords, 'Wso2Carbon']) {
    const own = 'correct-horse-1';
    const users = { publisher: own, subscriber: own, registration: own, connector: password };
    const given = {
      ...Object.fromEntries(passwords.map((key) => [key, password])),
      serviceUsers: JSON.stringify(users),
    };
    const refused = faultsOf({ ...settings, ...externalDatabase, ...given }).map((fault) => fault.split(' ')[0] ?? '');
    assert.deepEqual(
      [...passwords, 'serviceUsers'].filter((key) => !refused.includes(key)),
      [],
      password,
    );
  }
});

test('a setting that is of no use is refused with what would be', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ namespace: 'CDR local' }, /^namespace must be a Kubernetes name/],
    [{ namespace: 'x'.repeat(64) }, /^namespace must be a Kubernetes name/],
    [{ size: 'large' }, /^size must be one of: emulator, standard\.$/],
    [{ apiManagerImage: 'wso2/wso2am' }, /^apiManagerImage needs a tag other than latest/],
    [{ apiManagerImage: 'registry.example:5000/wso2am' }, /^apiManagerImage needs a tag/],
    [{ apiManagerImage: 'wso2/wso2am:latest' }, /^apiManagerImage needs a tag/],
    [{ registerPkiDirectory: '' }, /^registerPkiDirectory is empty: a stack with registerImage/],
    [{ registryCredentials: 'user:password' }, /^registryCredentials holds no registry/],
    [{ registryCredentials: '{"auths":{},"credsStore":"desktop"}' }, /^registryCredentials holds no registry/],
    [{ registryCredentials: '{"auths":{"registry.example":{}}}' }, /^registryCredentials holds no registry/],
    [{ administrator: ' ' }, /^administrator is empty/],
    [{ apiManagerPassword: 'wso2carbon' }, /^apiManagerPassword is a default that everybody knows/],
    [{ administrator: 'R&D' }, /^administrator must do without blanks, &, <, > and quotes/],
    [{ serviceUsers: '{"publisher":"alone"}' }, /^serviceUsers must be JSON with the passwords of publisher, sub/],
    [{ storePassword: 'short' }, /^storePassword is too short/],
    [{ encryptionKey: 'secret' }, /^encryptionKey must be 64 hexadecimal digits/],
    [{ endpointSecret: 'CE'.repeat(32) }, /^endpointSecret must be 64 hexadecimal digits \(lower case\)/],
    [{ apiManagerKeystore: '{"not": "base64"}' }, /^apiManagerKeystore is not base64/],
    [{ dcrServiceCertificate: 'certificate' }, /^dcrServiceCertificate is no certificate/],
    [{ dcrServiceKey: 'key' }, /^dcrServiceKey is no private key/],
    [{ gatewayCertificateNames: '[]' }, /^gatewayCertificateNames is empty/],
    [{ gatewayCertificateNames: 'gateway.example' }, /^gatewayCertificateNames must be a list/],
    [{ gatewayCertificateIssuer: 'us' }, /^gatewayCertificateIssuer must be one of: recipients, servers\.$/],
    [{ registerJwksUrl: 'http://register/jwks' }, /^registerJwksUrl must be an https URL/],
    [{ allowedPrivateNetworks: '["10.0.0.0"]' }, /^allowedPrivateNetworks must be networks in CIDR form/],
    [{ allowedPrivateNetworks: '["10.0.0.0/33"]' }, /^allowedPrivateNetworks must be networks/],
    [{ allowedPrivateNetworks: '["fd00::/129"]' }, /^allowedPrivateNetworks must be networks/],
    [{ allowedPrivateNetworks: '["10.0.0.0/8/8"]' }, /^allowedPrivateNetworks must be networks/],
  ];
  for (const [change, message] of cases) {
    const faults = faultsOf({ ...settings, ...change });
    assert.equal(faults.length, 1, JSON.stringify([change, faults]));
    assert.match(faults[0] ?? '', message);
  }
});

test('a fault never shows the value of a secret', () => {
  const unusable = Object.fromEntries(Object.keys(canaries).map((key) => [key, '!?x']));
  const faults = faultsOf({ ...settings, ...unusable }).join('\n');
  assert.ok(!faults.includes('!?x'), faults);
});

test('images by digest and with a registry that has a port are fine', () => {
  for (const image of ['registry.example:5000/wso2am:4.7.0', `wso2/wso2am@sha256:${'0'.repeat(64)}`])
    assert.deepEqual(faultsOf({ ...settings, apiManagerImage: image }), []);
});

test('what a stack with an external or deployed PostgreSQL needs is enough', () => {
  for (const database of [deployedDatabase, externalDatabase, severalServers])
    for (const generation of ['4.7', '4.2']) assert.deepEqual(faultsOf({ ...settings, ...database, generation }), []);
});

test('settings of the database that do not go together are refused with what would', () => {
  const none = { postgresCertificate: '', postgresKey: '' };
  const cases: [Record<string, string>, RegExp][] = [
    [{ generation: '4.2' }, /^database must be deployed or external with generation 4\.2/],
    [{ dcrServiceReplicas: '2' }, /^dcrServiceReplicas must be 1 with an embedded database/],
    [
      { apiManagerInstances: '2' },
      /^apiManagerInstances must be 1 with an embedded database.*external, or to deployed/,
    ],
    [{ identityServerReplicas: '2' }, /^identityServerReplicas must be 1 with an embedded database/],
    [{ ...deployedDatabase, apiManagerInstances: '3' }, /^apiManagerInstances must be 1 to 2\.$/],
    [{ ...deployedDatabase, identityServerReplicas: 'two' }, /^identityServerReplicas must be a whole number/],
    [{ databaseHost: 'db.example' }, /^databaseHost is set: set database to external/],
    [{ database: 'postgres' }, /^database must be one of: embedded, deployed, external\.$/],
    [{ databasePort: 'https' }, /^databasePort must be a whole number, 1 to 65535/],
    [{ databasePort: '70000' }, /^databasePort must be 1 to 65535/],
    [{ ...externalDatabase, databaseHost: '' }, /^databaseHost is empty: name the host .* or embedded \(throw-away\)/],
    [{ ...externalDatabase, databasePassword: '' }, /^databasePassword is not set/],
    [{ ...externalDatabase, databasePassword: 'wso2carbon' }, /^databasePassword is a default that everybody knows/],
    [{ ...externalDatabase, databaseHost: 'https://db.example/' }, /^databaseHost must be a host name or an address/],
    [{ ...externalDatabase, dcrDatabasePassword: '' }, /^dcrDatabasePassword is not set/],
    [{ ...externalDatabase, dcrDatabaseUser: 'wso2' }, /^dcrDatabaseUser is databaseUser/],
    [{ ...externalDatabase, databaseUser: "o'brien" }, /^databaseUser must be letters, digits/],
    [{ ...externalDatabase, databaseAuthority: 'the CA' }, /^databaseAuthority is no certificate/],
    [
      { ...externalDatabase, identityServerDatabase: 'apim' },
      /^identityServerDatabase names the same .* apiManagerDatabase/,
    ],
    [
      { ...externalDatabase, postgresCertificate: deployedDatabase.postgresCertificate },
      /^postgresCertificate and postgresKey/,
    ],
    [
      { ...externalDatabase, jdbcDriverUrl: '', jdbcDriverSha256: '' },
      /^jdbcDriverImage is empty, and jdbcDriverUrl is, too/,
    ],
    [{ ...externalDatabase, jdbcDriverSha256: '' }, /^jdbcDriverSha256 is empty: what is downloaded is checked/],
    [{ ...externalDatabase, jdbcDriverSha256: 'ab' }, /^jdbcDriverSha256 must be 64 hexadecimal digits/],
    [{ ...externalDatabase, jdbcDriverUrl: 'http://downloads.example/x.jar' }, /^jdbcDriverUrl must be an https URL/],
    [{ ...externalDatabase, jdbcDriverImage: 'jdbc-driver:d4' }, /^jdbcDriverImage and jdbcDriverUrl are both set/],
    [{ ...deployedDatabase, jdbcDriverSha256: 'ab'.repeat(32) }, /^jdbcDriverSha256 goes with jdbcDriverUrl/],
    [{ ...deployedDatabase, jdbcDriverPath: 'postgresql.jar' }, /^jdbcDriverPath must be the path of a \.jar/],
    [{ ...deployedDatabase, ...none }, /^postgresCertificate and postgresKey are needed.* or set databaseTls to none/],
    [
      { ...deployedDatabase, databaseTls: 'none' },
      /^postgresCertificate and postgresKey are set, but databaseTls is "none"/,
    ],
    [{ ...deployedDatabase, databasePort: '5433' }, /^databasePort must be 5432/],
    [{ ...deployedDatabase, databaseUser: 'postgres' }, /^databaseUser must not be postgres/],
    [{ ...deployedDatabase, postgresImage: 'postgres' }, /^postgresImage needs a tag other than latest/],
    [{ ...deployedDatabase, databaseHost: 'db.example' }, /^databaseHost is set: set database to external/],
  ];
  for (const [change, message] of cases) {
    const faults = faultsOf({ ...settings, ...change });
    assert.equal(faults.length, 1, JSON.stringify([change, faults]));
    assert.match(faults[0] ?? '', message);
  }
});

test('an optional secret, which Pulumi does not check itself, is refused when it is in clear in the file', () => {
  assert.deepEqual(
    faultsOf(
      { ...settings, ...externalDatabase },
      optionalSecrets.filter((key) => key !== 'databasePassword'),
    ),
    ["databasePassword is in clear in the stack's file: set it again with pulumi config set --secret."],
  );
});
