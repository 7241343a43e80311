import type { TomlValue } from 'smol-toml';
import { fromEnvironment, namespaceVariable, secretEnvironment } from './stores.ts';

export type Server = 'api-manager' | 'identity-server';

/** A setting without which a recipient's identity does not arrive, or is not what it seems. */
export interface RequiredSetting {
  server: Server;
  /** Dotted path; of an array of tables, `*` is any of its entries. */
  key: string;
  /** What it must be, as a person would say it. */
  rule: string;
  allows(value: unknown): boolean;
  /** What happens without it, in the product and so in the emulator (`local/flow/without-setting.test.ts`). */
  without: string;
  /**
   * A value with which that happens, where without any the product's own default would do. The linter wants such a setting said
   * outright all the same: no other file of defaults can then bring in another.
   */
  harmful?: TomlValue;
  /** The first version that has such a setting. */
  since?: string;
  /** Of a server that is one of several only. */
  several?: true;
  /** How many entries must be so; default one. */
  atLeast?: number;
  /** Of a list: no other entry may be in it. */
  only?: true;
  /** What happens without it was seen on WSO2's own servers; the emulator does not show it. */
  realServersOnly?: true;
}

const exactly = (expected: unknown) => (value: unknown) => value === expected;
const given = (value: unknown) => typeof value === 'string' && value.length > 0;

/** Life of a recipient's access token in seconds (Consumer Data Standards, Security Profile, Tokens). */
export const accessTokenLife = { least: 120, most: 600 } as const;

const withinTokenLife = {
  rule: `must be ${accessTokenLife.least} to ${accessTokenLife.most} (seconds)`,
  allows: (value: unknown) =>
    typeof value === 'number' && value >= accessTokenLife.least && value <= accessTokenLife.most,
  without: 'access tokens live for an hour; the Consumer Data Standards allow 2 to 10 minutes',
};

const bothServers = (setting: Omit<RequiredSetting, 'server'>): RequiredSetting[] =>
  (['api-manager', 'identity-server'] as const).map((server) => ({ server, ...setting }));

/** In the order in which a registration meets them. */
export const requiredSettings: readonly RequiredSetting[] = [
  {
    server: 'api-manager',
    key: 'encryption.key',
    rule: `must be ${fromEnvironment(secretEnvironment.encryptionKey)}`,
    allows: exactly(fromEnvironment(secretEnvironment.encryptionKey)),
    without: 'API Manager encrypts what it stores with a key that it makes at each start, and 4.7 does not start',
  },
  ...bothServers({
    key: 'database.shared_db.url',
    rule: 'must be a JDBC URL',
    allows: given,
    without: 'the server does not start: it has no database of its own accord',
  }),
  {
    server: 'api-manager',
    key: 'encryption.internal_crypto_provider',
    rule: 'must be the provider with a symmetric key',
    allows: (value) => /\.SymmetricKeyInternalCryptoProvider$/.test(String(value)),
    without: 'what is stored is encrypted with the key of a certificate, and cannot be read once that is renewed',
    since: '4.7.0',
    realServersOnly: true,
  },
  {
    server: 'api-manager',
    key: 'indexing.location',
    rule: 'must be on the volume, beside the database that remembers what is indexed',
    allows: (value) => /repository\/database\//.test(String(value)),
    without: 'no API is found any more once the pod is replaced',
    realServersOnly: true,
  },
  {
    server: 'api-manager',
    key: 'database.local.url',
    rule: 'must be on the volume, beside the index',
    allows: (value) => /repository\/database\//.test(String(value)),
    without: 'what is remembered of the index and the index itself are of different ages once the pod is replaced',
    realServersOnly: true,
  },
  {
    server: 'api-manager',
    key: 'oauth.token_persistence.enable',
    rule: 'must be true',
    allows: exactly(true),
    without: '4.7 keeps no tokens, earlier versions do',
    since: '4.5.0',
    realServersOnly: true,
  },
  {
    server: 'api-manager',
    key: 'oauth.extensions.token_types.*.name',
    rule: 'must hold "JWT"',
    allows: exactly('JWT'),
    without: '4.7 gives refresh tokens that it cannot take back, unless tokens are kept',
    since: '4.5.0',
    realServersOnly: true,
  },
  {
    server: 'identity-server',
    key: 'server.node_ip',
    rule: "must be the server's own address",
    allows: given,
    without: 'Identity Server does not start',
  },
  {
    server: 'identity-server',
    key: 'database.identity_db.url',
    rule: 'must be a JDBC URL',
    allows: given,
    without: 'Identity Server does not start: it has no database of its own accord',
  },
  {
    server: 'identity-server',
    key: 'carbon_health_check.enable',
    rule: 'must be true',
    allows: exactly(true),
    without: 'Identity Server reports ready even if its databases are down',
    realServersOnly: true,
  },
  {
    server: 'identity-server',
    key: 'oauth.allowed_scopes.*',
    rule: 'must be "^openid$" and "^profile$" alone',
    allows: (value: unknown) => value === '^openid$' || value === '^profile$',
    only: true,
    harmful: ['^cdr:.*$'],
    without: 'every client gets what the list matches, whether it was authorized for it or not',
    since: '7.0.0',
  },
  {
    server: 'identity-server',
    key: 'oauth.oidc.id_token.signature_algorithm',
    rule: 'must be "PS256"',
    allows: exactly('PS256'),
    harmful: 'SHA256withRSA',
    without:
      'ID tokens are signed with a key that the key set does not list, and the Consumer Data Standards want PS256',
    since: '7.0.0',
  },
  {
    server: 'identity-server',
    key: 'oauth.oidc.id_token.signing_algorithms.*',
    rule: 'must be "PS256" alone',
    allows: exactly('PS256'),
    only: true,
    harmful: ['PS256', 'ES256'],
    without: 'a client can register ES256 for ID tokens, and its token calls end with 500',
    realServersOnly: true,
    since: '7.0.0',
  },
  {
    server: 'api-manager',
    key: 'apimgt.mutual_ssl.certificate_header',
    rule: 'must be "X-WSO2-CLIENT-CERTIFICATE"',
    allows: exactly('X-WSO2-CLIENT-CERTIFICATE'),
    harmful: 'X-Client-Certificate',
    without: 'the certificate travels in a header that the policy does not look for',
  },
  {
    server: 'api-manager',
    key: 'apimgt.mutual_ssl.enable_client_validation',
    rule: 'must be true',
    allows: exactly(true),
    harmful: false,
    without: "a caller's own certificate header is believed",
  },
  {
    server: 'api-manager',
    key: 'custom_message_builders.*.content_type',
    rule: 'must hold "application/jwt" once',
    allows: exactly('application/jwt'),
    without: 'the gateway cannot read a registration request',
  },
  {
    server: 'api-manager',
    key: 'custom_message_formatters.*.content_type',
    rule: 'must hold "application/jwt" once',
    allows: exactly('application/jwt'),
    without: 'the gateway cannot pass a registration request on',
  },
  {
    server: 'api-manager',
    key: 'apim.oauth_config.enable_outbound_auth_header',
    rule: 'must be true',
    allows: exactly(true),
    without: "the recipient's bearer token is dropped on its way to dcr-service",
  },
  {
    server: 'api-manager',
    key: 'apim.gateway.environment.*.https_endpoint',
    rule: 'must be an https:// URL',
    allows: (value) => typeof value === 'string' && value.startsWith('https://'),
    without: 'no revision can be deployed: its virtual host is the host of this URL',
  },
  {
    server: 'api-manager',
    key: 'apim.sync_runtime_artifacts.gateway.gateway_labels.*',
    rule: 'must hold "Default", the gateway environment',
    allows: exactly('Default'),
    harmful: ['Other'],
    without: 'the gateway does not load what is deployed to its environment',
  },
  {
    server: 'api-manager',
    key: 'apim.event_hub.publish.url_group.*.auth_urls.*',
    rule: 'must name the receivers of both instances, ssl://host:port',
    allows: (value) => typeof value === 'string' && value.startsWith('ssl://'),
    without: "the other instance's gateway does not learn of deployed APIs and key managers",
    several: true,
    atLeast: 2,
  },
  {
    server: 'api-manager',
    key: 'apim.event_hub.event_duplicate_url.*',
    rule: "must be the other instance's broker, tcp://host:port",
    allows: (value) => typeof value === 'string' && value.startsWith('tcp://'),
    without: "the other instance's gateway goes on accepting tokens that were revoked",
    several: true,
  },
  {
    server: 'identity-server',
    key: 'clustering.membership_scheme',
    rule: 'must be "kubernetes"',
    allows: exactly('kubernetes'),
    without: 'each replica keeps using its cached copy of a client that another replica has changed',
    several: true,
  },
  {
    server: 'identity-server',
    key: 'clustering.properties.KUBERNETES_SERVICES',
    rule: "must name the replicas' Service",
    allows: given,
    without: 'each replica asks for all pods of the namespace, is refused, and starts alone',
    several: true,
  },
  {
    server: 'identity-server',
    key: 'clustering.properties.KUBERNETES_NAMESPACE',
    rule: `must be ${fromEnvironment(namespaceVariable)}, the pod's own`,
    allows: exactly(fromEnvironment(namespaceVariable)),
    harmful: 'default',
    without: 'each replica is refused there, and starts alone',
    several: true,
  },
  {
    server: 'identity-server',
    key: 'oauth.token_validation.app_access_token_validity',
    ...withinTokenLife,
  },
  {
    server: 'identity-server',
    key: 'oauth.token_validation.user_access_token_validity',
    ...withinTokenLife,
    realServersOnly: true,
  },
  {
    server: 'identity-server',
    key: 'transport.https.sslHostConfig.properties.truststoreFile',
    rule: "must be the recipients' store",
    allows: (value) => /\/recipients-truststore\.\w+$/.test(String(value)),
    without: 'the listener takes certificates of all CAs that the server itself trusts, public ones included',
    realServersOnly: true,
  },
  {
    server: 'identity-server',
    key: 'transport.https.sslHostConfig.properties.certificateVerification',
    rule: 'must be "optional" or "required"',
    allows: (value) => value === 'optional' || value === 'required',
    harmful: 'none',
    without: 'no certificate is asked for, so no token can be bound to one',
  },
];
