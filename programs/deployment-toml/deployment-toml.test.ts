import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { apiManagerToml } from './api-manager.ts';
import { identityServerToml } from './identity-server.ts';
import { secretEnvironment } from './stores.ts';

const apiManager = apiManagerToml({
  version: '4.7.0',
  hostname: 'am.data-holder.example',
  portOffset: 5,
  administrator: 'admin',
  keystore: { fileName: 'wso2carbon.jks', type: 'JKS' },
  truststore: { fileName: 'client-truststore.jks', type: 'JKS' },
});
const identityServer = identityServerToml({
  version: '7.3.0',
  hostname: 'is.data-holder.example',
  portOffset: 3,
  administrator: 'admin',
  keystore: { fileName: 'wso2carbon.p12', type: 'PKCS12' },
  truststore: { fileName: 'client-truststore.p12', type: 'PKCS12' },
  apiManagerUrl: 'https://am.data-holder.example:9448',
});

/** Every leaf of a TOML document by its dotted path. */
function leaves(node: unknown, path = ''): [string, unknown][] {
  if (typeof node !== 'object' || node === null) return [[path, node]];
  return Object.entries(node).flatMap(([key, value]) => leaves(value, path ? `${path}.${key}` : key));
}

for (const [server, toml] of [
  ['API Manager', apiManager],
  ['Identity Server', identityServer],
] as const) {
  test(`no secret stands in the deployment.toml of ${server}: each is a reference`, () => {
    const settings = leaves(parse(toml));
    const secrets = settings.filter(([path]) => /(^|[._])(password|key|hash)$/.test(path));
    assert.ok(secrets.length >= 9);
    const references = Object.values(secretEnvironment).map((name) => `$env{${name}}`);
    const driverOf = (path: string) => new Map(settings).get(path.replace(/password$/, 'driver'));
    for (const [path, value] of secrets) {
      // What WSO2 calls a password of its embedded databases protects nothing: the files lie beside it.
      const allowed = driverOf(path) === 'org.h2.Driver' ? ['wso2carbon'] : references;
      assert.ok(allowed.includes(String(value)), path);
    }
  });
}

test('API Manager gets every setting on which the identity of a recipient at the gateway depends', () => {
  const settings = Object.fromEntries(leaves(parse(apiManager)));
  assert.equal(settings['keystore.listener_profile.ssl_verify_client'], 'require');
  assert.equal(settings['apimgt.mutual_ssl.enable_client_validation'], true);
  assert.equal(settings['apimgt.mutual_ssl.certificate_header'], 'X-WSO2-CLIENT-CERTIFICATE');
  assert.equal(settings['apim.oauth_config.enable_outbound_auth_header'], true);
  assert.equal(settings['apim.oauth_config.enable_certificate_bound_access_token'], true);
  assert.equal(settings['custom_message_builders.0.content_type'], 'application/jwt');
  assert.equal(settings['custom_message_formatters.0.content_type'], 'application/jwt');
});

test("ports follow the server's offset", () => {
  const settings = Object.fromEntries(leaves(parse(apiManager)));
  assert.equal(settings['server.offset'], 5);
  assert.equal(settings['apim.gateway.environment.0.https_endpoint'], 'https://am.data-holder.example:8248');
});

test("recipients' access tokens live within the 2 to 10 minutes of the Consumer Data Standards, with consumers and without", () => {
  const settings = Object.fromEntries(leaves(parse(identityServer)));
  for (const kind of ['app', 'user']) {
    const seconds = Number(settings[`oauth.token_validation.${kind}_access_token_validity`]);
    assert.ok(seconds >= 120 && seconds <= 600, `${kind}: ${seconds} s`);
  }
});

test('no listener speaks an older TLS than 1.2', () => {
  const listeners = [
    [apiManager, 'transport.https.sslHostConfig.properties.protocols'],
    [apiManager, 'transport.passthru_https.listener.parameters.HttpsProtocols'],
    [identityServer, 'transport.https.sslHostConfig.properties.protocols'],
  ] as const;
  for (const [toml, key] of listeners) assert.equal(new Map(leaves(parse(toml))).get(key), 'TLSv1.2,TLSv1.3', key);
});

test('a revoked token is announced under the name that API Manager listens for', () => {
  const settings = Object.fromEntries(leaves(parse(identityServer)));
  assert.equal(settings['event_listener.0.properties.header.X-WSO2-KEY-MANAGER'], 'WSO2-IS');
});
