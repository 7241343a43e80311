// What cured a real server is no mistake to the judge, with the products' own data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReleaseConfiguration } from './configuration-directory.ts';
import { judgeConfiguration } from './judge.ts';
import type { Product } from './product-configuration.ts';

const directory = process.env.WSO2_CONFIG_DIR;
const withData = { skip: directory ? false : "WSO2_CONFIG_DIR does not name the products' configuration data" };

/** What no server starts without. */
const least: Record<Product, string> = {
  wso2am: leastOf('apim_db', 'shared_db'),
  wso2is: leastOf('identity_db', 'shared_db'),
};

function leastOf(...databases: string[]): string {
  const tables = databases.map(
    (name) => `
      [database.${name}]
      type = "h2"
      url = "jdbc:h2:./repository/database/${name}"
      username = "wso2carbon"
      password = "$env{DATABASE_PASSWORD}"`,
  );
  return `
    [server]
    hostname = "localhost"
    node_ip = "127.0.0.1"
    [super_admin]
    username = "admin"
    password = "$env{ADMIN_PASSWORD}"
    ${tables.join('\n')}
  `;
}

interface Cure {
  product: Product;
  /** Where it was proven, or is to be the same. */
  versions: readonly string[];
  /** Each key with its value, on a line below its table. */
  toml: string;
}

const identityServer7 = ['7.1.0', '7.3.0'];
const apiManager46 = ['4.6.0', '4.7.0'];

const cures: Readonly<Record<string, Cure>> = {
  'the listener has a truststore of its own, protocols, ciphers and a revocation list': {
    product: 'wso2is',
    versions: ['6.1.0', ...identityServer7],
    toml: `
      [transport.https.sslHostConfig.properties]
      truststoreFile = "recipients.p12"
      truststorePassword = "$env{TRUSTSTORE_PASSWORD}"
      truststoreType = "PKCS12"
      certificateVerification = "optional"
      protocols = "TLSv1.2,TLSv1.3"
      ciphers = "TLS_AES_128_GCM_SHA256"
      certificateRevocationListFile = "recipients.crl"`,
  },
  'a certificate alone opens nothing': {
    product: 'wso2is',
    versions: ['6.1.0', ...identityServer7],
    toml: '[event.default_listener.client_certificate_authentication_handler]\nenable = false',
  },
  'the published constant opens nothing at Identity Server': {
    product: 'wso2is',
    versions: ['6.1.0', ...identityServer7],
    toml: `
      [account_recovery.endpoint.auth]
      hash = "$env{ENDPOINT_SECRET_HASH}"
      [identity.auth_framework.endpoint]
      app_password = "$env{ENDPOINT_SECRET}"`,
  },
  'the published constant opens nothing at API Manager': {
    product: 'wso2am',
    versions: ['4.2.0', ...apiManager46],
    toml: `
      [account_recovery.endpoint.auth]
      hash = "$env{ENDPOINT_SECRET_HASH}"
      [identity.auth_framework.endpoint]
      app_password = "$env{ENDPOINT_SECRET}"`,
  },
  'scopes, an encryption key, lives of tokens': {
    product: 'wso2is',
    versions: identityServer7,
    toml: `
      [oauth]
      authorize_all_scopes = false
      allowed_scopes = ["^openid$", "^profile$"]
      [oauth.token_validation]
      user_access_token_validity = 600
      [encryption]
      key = "$env{ENCRYPTION_KEY}"`,
  },
  'paths are closed, and plain HTTP is': {
    product: 'wso2is',
    versions: identityServer7,
    toml: `
      [[resource.access_control]]
      context = "(.*)/services/(.*)"
      http_method = "all"
      secure = true
      permissions = ["none"]
      scopes = ["none"]
      allowed_auth_handlers = ["BasicAuthentication"]
      [transport.http]
      enabled = false
      [transport.http.properties]
      address = "127.0.0.1"`,
  },
  'a second listener': {
    product: 'wso2is',
    versions: ['6.1.0', ...identityServer7],
    toml: '[custom_transport.x509.properties]\nport = 9444\ncertificateVerification = "required"',
  },
  'discovery and ID tokens': {
    product: 'wso2is',
    versions: identityServer7,
    toml: `
      [oauth.oidc.id_token]
      signature_algorithm = "PS256"
      signing_algorithms = ["PS256"]
      [oauth.grant_type.password]
      enable = false
      [oauth.response_type.id_token_token]
      enable = false
      [oauth.mtls_aliases]
      enabled = true
      hostname = "mtls.example"
      [oauth.endpoints.v2]
      oauth2_dcr_url = "https://holder.example/register"
      [oauth.dcr]
      enable_fapi_enforcement = true
      [oauth.oidc.fapi]
      enable_security_profile = true`,
  },
  "the management services' names are hidden and locked": {
    product: 'wso2am',
    versions: apiManager46,
    toml: `
      [n_http]
      'http.block_service_list' = true
      [axis2_transport.parameter]
      servicePath = "unguessable"
      [[admin_service.access_control]]
      name = "Version"
      authentication_enabled = true
      [[admin_service.access_control]]
      name = "AuthenticationAdmin"
      authentication_enabled = true
      permissions = "/permission/nobody"`,
  },
  'ports are closed or bound': {
    product: 'wso2am',
    versions: apiManager46,
    toml: `
      [transport.https.properties]
      address = "127.0.0.1"
      [transport.http.properties]
      address = "127.0.0.1"
      [transport.passthru_http.listener]
      enable = false
      [transport.passthru_http.listener.parameters]
      bind-address = "127.0.0.1"
      [broker.transport.amqp]
      bind_address = "127.0.0.1"
      [broker.transport.amqp.ssl_connection]
      enabled = false
      [apim.event_hub]
      event_listening_endpoints = ["tcp://localhost:5672"]
      [apim.throttling]
      throttle_decision_endpoints = ["tcp://localhost:5672"]
      [monitoring.jmx]
      rmi_server_start = false
      [apim.ws]
      enable = false
      [apim.wss]
      enable = false`,
  },
  "the gateway's listener looks for another store, and for revocations": {
    product: 'wso2am',
    versions: apiManager46,
    toml: `
      [transport.passthru_https.listener]
      ssl_profile_interval = 60000
      [transport.passthru_https.listener.cert_revocation_validation]
      enable = true
      allow_full_cert_chain_validation = false
      [apim.oauth_config]
      enable_certificate_bound_access_token = true`,
  },
  'the portal is closed': {
    product: 'wso2am',
    versions: apiManager46,
    toml: `
      [apim.devportal]
      enable_anonymous_mode = false
      [identity_mgt.user_self_registration]
      allow_self_registration = false
      [identity_mgt.endpoint]
      enable_self_signup_endpoint = false`,
  },
};

for (const [what, { product, versions, toml }] of Object.entries(cures))
  for (const version of versions)
    test(`${product} ${version}: ${what}`, withData, () => {
      const configuration = readReleaseConfiguration(directory ?? '', product, version);
      assert.deepEqual(judgeConfiguration(product, `${least[product]}${toml}`, configuration).findings, []);
    });

for (const [product, version] of [
  ['wso2am', '4.2.0'],
  ['wso2am', '4.6.0'],
  ['wso2is', '6.1.0'],
  ['wso2is', '7.1.0'],
] as const)
  test(
    `${product} ${version} starts with no less than its own name, an administrator and its databases`,
    withData,
    () => {
      const configuration = readReleaseConfiguration(directory ?? '', product, version);
      const missing = (without: RegExp) =>
        judgeConfiguration(product, least[product].replace(without, ''), configuration).findings.map(({ key }) => key);
      assert.deepEqual(missing(/(?!)/), []);
      // API Manager has a default for it.
      assert.deepEqual(missing(/node_ip.*\n/), product === 'wso2is' ? ['server.node_ip'] : []);
      assert.deepEqual(missing(/\[database\.shared_db\][\s\S]*/), [
        'database.shared_db.username',
        'database.shared_db.url',
      ]);
      assert.ok(missing(/\[super_admin\][^[]*/).includes('super_admin.username'));
    },
  );
