import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import { openServerHome, type ServerHome } from '../../server-home.ts';
import { readListenerProfile } from './listener-profile.ts';

const TEMPLATE = 'repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2';
const TOML = `
[keystore.tls]
file_name = "own.p12"
type = "PKCS12"
password = "own secret"
key_password = "own secret"
[truststore]
file_name = "client-truststore.jks"
type = "JKS"
password = "trust secret"
`;

function home(toml = TOML, change = (template: string) => template): ServerHome {
  const path = temporaryDirectory();
  cpSync(fileURLToPath(new URL('../home', import.meta.url)), path, { recursive: true });
  mkdirSync(join(path, 'repository', 'conf'));
  writeFileSync(join(path, 'repository', 'conf', 'deployment.toml'), toml);
  writeFileSync(join(path, TEMPLATE), change(readFileSync(join(path, TEMPLATE), 'utf8')));
  return openServerHome(path, {});
}

test("the stock template trusts the server's client truststore and asks for a certificate without insisting", () => {
  assert.deepEqual(readListenerProfile(home()), {
    SSLVerifyClient: 'optional',
    KeyStore: { Location: 'repository/resources/security/own.p12', Type: 'PKCS12', Password: 'own secret' },
    TrustStore: {
      Location: 'repository/resources/security/client-truststore.jks',
      Type: 'JKS',
      Password: 'trust secret',
    },
  });
});

test('what deployment.toml and an init step say is what counts', () => {
  const profile = readListenerProfile(
    home(`${TOML}[keystore.listener_profile]\nssl_verify_client = "require"`, (template) =>
      template.replace('{{truststore.file_name}}', 'recipients-truststore.jks'),
    ),
  );
  assert.equal(profile.SSLVerifyClient, 'require');
  assert.equal(profile.TrustStore.Location, 'repository/resources/security/recipients-truststore.jks');
});

test('a placeholder without a value is named', () => {
  const withoutTruststore = TOML.slice(0, TOML.indexOf('[truststore]'));
  assert.throws(() => readListenerProfile(home(withoutTruststore)), /\{\{truststore\.file_name\}\} has no value/);
});

test('a template without a truststore, or a mode that does not exist, is refused', () => {
  const withoutStore = (template: string) => template.replace(/<TrustStore>[\s\S]*<\/TrustStore>/, '');
  assert.throws(() => readListenerProfile(home(TOML, withoutStore)), /TrustStore/);
  const wrongMode = `${TOML}[keystore.listener_profile]\nssl_verify_client = "sometimes"`;
  assert.throws(() => readListenerProfile(home(wrongMode)), /SSLVerifyClient/);
});
