import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { generations } from '../products.ts';
import { withoutKey, withoutSetting } from '../testing/without-setting.ts';
import { apiManagerToml } from './api-manager.ts';
import { type DataSource, type DataSources, postgreSqlSource } from './databases.ts';
import { identityServerToml } from './identity-server.ts';
import { lintDeploymentToml } from './lint.ts';
import { requiredSettings } from './required-settings.ts';

const { apiManager, identityServer } = generations['4.7'];
const versions = { 'api-manager': apiManager.version, 'identity-server': identityServer.version };
const host = { portOffset: 0, administrator: 'admin' };
const rendered = {
  'api-manager': apiManagerToml({ ...host, ...apiManager, hostname: 'api-manager' }),
  'identity-server': identityServerToml({
    ...host,
    ...identityServer,
    hostname: 'identity-server',
    apiManagerUrl: 'https://api-manager:9443',
  }),
};

/** The same of servers that are one of several. */
const renderedSeveral = {
  'api-manager': apiManagerToml({
    ...host,
    ...apiManager,
    hostname: 'api-manager',
    instances: { own: { host: 'api-manager-1', portOffset: 0 }, other: { host: 'api-manager-2', portOffset: 0 } },
  }),
  'identity-server': identityServerToml({
    ...host,
    ...identityServer,
    hostname: 'identity-server',
    apiManagerUrl: 'https://api-manager:9443',
    clusterService: 'identity-server',
  }),
};

function altered(server: keyof typeof rendered, alter: (toml: TomlTable) => void, { several = false } = {}) {
  const toml = parse((several ? renderedSeveral : rendered)[server]);
  alter(toml);
  return lintDeploymentToml(server, versions[server], stringify(toml), { several });
}

for (const server of ['api-manager', 'identity-server'] as const)
  test(`what is rendered for ${server} has no finding`, () => {
    assert.deepEqual(lintDeploymentToml(server, versions[server], rendered[server]), []);
    assert.deepEqual(lintDeploymentToml(server, versions[server], renderedSeveral[server], { several: true }), []);
  });

for (const setting of requiredSettings) {
  const { server, key, without, several = false } = setting;
  test(`${server}${several ? ', one of several,' : ''} without ${key} is found, with what comes of it`, () => {
    const toml = (several ? renderedSeveral : rendered)[server];
    for (const altered of [withoutKey(toml, key), withoutSetting(toml, setting)]) {
      const findings = lintDeploymentToml(server, versions[server], altered, { several });
      assert.deepEqual(
        findings.map((finding) => finding.key),
        [key],
      );
      assert.ok(findings[0]?.message.includes(without), findings[0]?.message);
    }
  });
}

test('a password in clear is found, and not repeated', () => {
  const findings = altered('api-manager', (toml) => {
    (toml.super_admin as TomlTable).password = 'wso2carbon';
  });
  assert.deepEqual(findings, [
    { key: 'super_admin.password', message: 'holds a secret in clear: name an environment variable, $env{NAME}' },
  ]);
});

test('a host name verifier that allows all is found', () => {
  const findings = altered('api-manager', (toml) => {
    toml.transport = { passthru_https: { sender: { parameters: { HostnameVerifier: 'AllowAll' } } } };
  });
  assert.match(findings[0]?.message ?? '', /any name/);
});

test('an Identity Server that insists on a certificate is fine, too; one that does not ask for any is found', () => {
  const findings = (certificateVerification: string) =>
    altered('identity-server', (toml) => {
      const { https } = toml.transport as TomlTable & { https: { sslHostConfig: { properties: TomlTable } } };
      https.sslHostConfig.properties.certificateVerification = certificateVerification;
    });
  assert.deepEqual(findings('required'), []);
  assert.match(findings('none')[0]?.message ?? '', /^must be "optional" or "required"/);
});

test('a token that lives for an hour is found', () => {
  const findings = altered('identity-server', (toml) => {
    (toml.oauth as TomlTable).token_validation = {
      app_access_token_validity: 3600,
      user_access_token_validity: 3600,
    };
  });
  assert.deepEqual(
    findings.map(({ key }) => key),
    ['app', 'user'].map((kind) => `oauth.token_validation.${kind}_access_token_validity`),
  );
  assert.match(findings[0]?.message ?? '', /120 to 600/);
});

test('an instance that sends events only to itself is found', () => {
  const lonely = altered(
    'api-manager',
    (toml) => {
      const { event_hub } = toml.apim as TomlTable & { event_hub: { publish: { url_group: unknown[] } } };
      event_hub.publish.url_group.pop();
    },
    { several: true },
  );
  assert.match(lonely[0]?.message ?? '', /receivers of both instances/);
});

test('a database that is embedded, or left to the product, is found where the environment is no throw-away one', () => {
  const found = (toml: string, server: keyof typeof rendered = 'api-manager') =>
    lintDeploymentToml(server, versions[server], toml, { throwAway: false }).map(({ key }) => key);
  assert.deepEqual(found(rendered['api-manager']), ['database.apim_db.type', 'database.shared_db.type']);
  assert.deepEqual(found(rendered['identity-server'], 'identity-server'), [
    'database.identity_db.type',
    'database.shared_db.type',
  ]);
  const source = postgreSqlSource({ host: 'database', port: 5432, database: 'apim', username: 'wso2' });
  const withSources = (dataSources: DataSources) =>
    apiManagerToml({ ...host, ...apiManager, hostname: 'api-manager', dataSources });
  assert.deepEqual(found(withSources({ apim_db: source, shared_db: source })), []);
  const embedded: DataSource = {
    type: 'h2',
    url: 'jdbc:h2:./repository/database/X',
    username: 'x',
    driver: 'org.h2.Driver',
  };
  assert.deepEqual(found(withSources({ apim_db: source, shared_db: embedded })), ['database.shared_db.type']);
});
