import type { TomlValue } from 'smol-toml';
import { fromEnvironment, secretEnvironment } from '../deployment-toml/stores.ts';
import { sharedAccounts, tomcatTls } from './both-servers.ts';
import { type BaselineRow, isSame } from './row.ts';

type Row = Omit<BaselineRow, 'server'>;

const asked = 'asked of Identity Server 7.1.0';

const accounts: Row[] = [
  ...sharedAccounts(asked),
  {
    key: 'event.default_listener.client_certificate_authentication_handler.enable',
    shipped: true,
    ours: false,
    open: "a recipient's certificate opens the management APIs, and with the name of a user as that user",
    severity: 'critical',
    proof: asked,
  },
  {
    key: 'oauth.authorize_all_scopes',
    since: '7.0.0',
    shipped: false,
    ours: false,
    open: 'with true, every client gets the scopes of the management APIs: a recipient can make itself an administrator',
    severity: 'critical',
    proof: asked,
  },
  {
    key: 'encryption.key',
    shipped: 'a key that WSO2 publishes',
    ours: fromEnvironment(secretEnvironment.encryptionKey),
    open: 'Identity Server encrypts what it stores with a key that WSO2 publishes',
    severity: 'high',
    proof: 'asked of Identity Server 6.1.0',
  },
];

/** Grants that no recipient needs (CDS, Security Profile: authorization code, refresh token, client credentials for registrations). */
const otherGrants: [name: string, since?: string][] = [
  ['password'],
  ['saml_bearer'],
  ['iwa_ntlm'],
  ['jwt_bearer'],
  ['device_code'],
  ['account_switch'],
  ['organization_switch', '7.0.0'],
  ['token_exchange', '7.0.0'],
];

/** Response types other than `code`. */
const otherResponses: [name: string, since?: string][] = [
  ['token'],
  ['id_token'],
  ['id_token_token'],
  ['code_token'],
  ['code_id_token'],
  ['code_id_token_token'],
  ['device'],
  ['none'],
  ['subject_token', '7.0.0'],
  ['id_token_subject_token', '7.0.0'],
];

const flows: Row[] = [
  ...otherGrants.map(
    ([name, since]): Row => ({
      key: `oauth.grant_type.${name}.enable`,
      ...(since !== undefined && { since }),
      shipped: true,
      ours: false,
      open: `clients may use the grant ${name}, which the Consumer Data Standards do not know`,
      severity: name === 'password' ? 'high' : 'medium',
      proof: asked,
    }),
  ),
  ...otherResponses.map(
    ([name, since]): Row => ({
      key: `oauth.response_type.${name}.enable`,
      ...(since !== undefined && { since }),
      shipped: true,
      ours: false,
      open: `clients may use the response type ${name.replaceAll('_', ' ')}, which brings tokens through the browser`,
      severity: 'medium',
      proof: asked,
    }),
  ),
  {
    key: 'oauth.oidc.id_token.supported_encryption_algorithms',
    shipped: ['RSA-OAEP', 'RSA1_5'],
    ours: ['RSA-OAEP'],
    open: 'ID tokens may be encrypted with RSA1_5, which leaks its plain text to who may ask often',
    severity: 'low',
    proof: 'configuration data',
  },
];

const ports: Row[] = [
  {
    key: 'transport.http.enabled',
    shipped: true,
    ours: false,
    open: 'all that is served with TLS is served without as well, passwords in clear (9763)',
    severity: 'high',
    proof: asked,
  },
];

const tls: Row[] = [...tomcatTls('the listener', asked)];

/** Doors that nothing here uses: SOAP, its metadata, the registry, OpenID 2.0, codes for devices. */
const unused = [
  '(.*)/services/(.*)',
  '(.*)/mex/(.*)',
  '(.*)/registry/(.*)',
  '(.*)/openidserver(.*)',
  '(.*)/oauth2/device_authorize(.*)',
];
const shutToStrangers: TomlValue[] = unused.map((context) => ({
  context,
  http_method: 'all',
  secure: true,
  permissions: ['none'],
  scopes: ['none'],
  allowed_auth_handlers: ['BasicAuthentication'],
}));

const access: Row[] = [
  {
    key: 'resource.access_control',
    since: '7.0.0',
    shipped: undefined,
    ours: shutToStrangers,
    inWords: 'rules that let nobody in',
    // The first rule that fits decides.
    allows: (value) => Array.isArray(value) && isSame(value.slice(0, unused.length), shutToStrangers),
    open: "strangers reach services that nothing uses, and learn at one whether a password of the administrator's is right",
    severity: 'high',
    proof: asked,
  },
];

const answers: Row[] = [
  {
    key: 'transport.https.properties.server',
    shipped: 'WSO2 Carbon Server',
    ours: 'Server',
    allows: (value) => typeof value === 'string' && !/wso2|carbon|tomcat/i.test(value),
    open: 'each answer names the product (the header Server)',
    severity: 'low',
    proof: asked,
  },
  {
    key: 'cors.allow_any_origin',
    shipped: false,
    ours: false,
    open: "with true, pages of other origins read answers with a consumer's session",
    severity: 'medium',
    proof: 'configuration data',
  },
];

const selfService: Row[] = [
  {
    key: 'identity_mgt.endpoint.enable_self_signup_endpoint',
    shipped: true,
    ours: false,
    open: 'the sign-up page takes new accounts as soon as self-registration is on',
    severity: 'low',
    proof: 'configuration data',
  },
  {
    key: 'session_data.cleanup.enable_expired_data_cleanup',
    since: '7.0.0',
    shipped: false,
    ours: true,
    open: 'what sessions have left behind is never removed',
    severity: 'low',
    proof: 'configuration data',
  },
];

/** What Identity Server ships open. */
export const identityServerBaseline: readonly BaselineRow[] = [
  ...accounts,
  ...flows,
  ...ports,
  ...tls,
  ...access,
  ...answers,
  ...selfService,
].map((row) => ({ server: 'identity-server', ...row }));
