import { fromEnvironment, secretEnvironment, tlsProtocols } from '../deployment-toml/stores.ts';
import { sharedAccounts, tomcatTls } from './both-servers.ts';
import { areModern, areRecommended, type BaselineRow, type Situation, tlsSuites } from './row.ts';

type Row = Omit<BaselineRow, 'server'>;

const asked = 'asked of API Manager 4.6.0';
const loopback = '127.0.0.1';
const suites = tlsSuites.join(',');
const broker = ({ portOffset }: Situation) => [`tcp://localhost:${5672 + portOffset}`];

const accounts: Row[] = [
  ...sharedAccounts(asked),
  {
    key: 'event.default_listener.client_certificate_authentication_handler.enable',
    shipped: true,
    ours: false,
    open: 'a certificate opens the management APIs as soon as their listener asks for one',
    severity: 'critical',
    proof: asked,
  },
  ...(['username', 'password'] as const).map(
    (name): Row => ({
      key: `apim.token.revocation.persistent_notifier.${name}`,
      shipped: 'admin',
      ours: fromEnvironment(secretEnvironment.idlePassword),
      open: 'revoked tokens would be stored with the account admin and the password admin',
      severity: 'low',
      proof: 'configuration data',
    }),
  ),
  {
    key: 'qpid.management.keystore_password',
    shipped: 'password',
    ours: fromEnvironment(secretEnvironment.idlePassword),
    open: "the broker's management would read its key with a password that WSO2 publishes",
    severity: 'low',
    proof: 'configuration data',
  },
];

const selfService: Row[] = [
  {
    key: 'identity_mgt.user_self_registration.allow_self_registration',
    shipped: true,
    ours: false,
    open: 'strangers make accounts for themselves, and log in to the developer portal',
    severity: 'high',
    proof: asked,
  },
  {
    key: 'identity_mgt.user_self_registration.lock_on_creation',
    shipped: false,
    ours: true,
    open: 'an account that somebody made for himself can be used before anybody has looked at it',
    severity: 'medium',
    proof: 'configuration data',
  },
  {
    key: 'identity_mgt.endpoint.enable_self_signup_endpoint',
    shipped: true,
    ours: false,
    open: 'the sign-up page takes new accounts',
    severity: 'high',
    proof: asked,
  },
  {
    key: 'apim.devportal.enable_anonymous_mode',
    shipped: true,
    ours: false,
    open: 'strangers read APIs, their definitions, documents and comments in the developer portal',
    severity: 'medium',
    proof: asked,
  },
  {
    key: 'oauth.introspect.allow_cross_tenant',
    shipped: true,
    ours: false,
    open: 'a tenant learns about the tokens of another one',
    severity: 'low',
    proof: 'configuration data',
  },
  {
    key: 'apim.ai.enable',
    since: '4.5.0',
    shipped: true,
    ours: false,
    open: 'portals send what people type to a service of WSO2 outside',
    severity: 'medium',
    proof: 'configuration data',
  },
];

const services: Row[] = [
  {
    key: "n_http.'http.block_service_list'",
    shipped: undefined,
    ours: true,
    open: "the gateway's port lists the management services to everybody",
    severity: 'medium',
    proof: asked,
  },
  {
    key: 'axis2_transport.parameter.servicePath',
    shipped: 'services',
    ours: fromEnvironment(secretEnvironment.servicePath),
    open: "management services answer at the gateway's port, without TLS as well",
    severity: 'critical',
    proof: asked,
  },
  {
    key: 'admin_service.access_control',
    since: '4.6.0',
    shipped: undefined,
    ours: [
      { name: 'AuthenticationAdmin', authentication_enabled: true, permissions: '/permission/of-nobody' },
      ...['Version', 'PackageInfoService', 'echo'].map((name) => ({ name, authentication_enabled: true })),
    ],
    inWords: 'an account for each service that answers strangers, and none for that of logins',
    open: "with the services' path, which is no lock, strangers try administrators' passwords (also by the management console)",
    severity: 'medium',
    proof: asked,
  },
];

const ports: Row[] = [
  {
    key: 'transport.http.properties.address',
    shipped: undefined,
    ours: loopback,
    open: 'management APIs are served without TLS, passwords in clear (9763)',
    severity: 'high',
    proof: asked,
  },
  {
    key: 'transport.passthru_http.listener.enable',
    shipped: true,
    ours: false,
    open: 'APIs are served without TLS (8280)',
    severity: 'high',
    proof: asked,
  },
  {
    key: 'monitoring.jmx.rmi_server_start',
    shipped: true,
    ours: false,
    open: 'the Java VM can be managed from outside, by RMI (9999, 11111)',
    severity: 'high',
    proof: asked,
  },
  ...(
    [
      ['ws', 'WebSockets are served, of which no API here has any (9099, without TLS)'],
      ['wss', 'WebSockets are served, of which no API here has any (8099)'],
      ['webhooks.https', 'callbacks are taken in, which no API here waits for, with weak suites (8021)'],
    ] as const
  ).map(
    ([name, open]): Row => ({
      key: `apim.${name}.enable`,
      since: '4.6.0',
      shipped: true,
      ours: false,
      open,
      severity: 'medium',
      proof: asked,
    }),
  ),
  {
    key: 'broker.transport.amqp.bind_address',
    only: 'alone',
    shipped: '0.0.0.0',
    ours: loopback,
    open: 'events of the gateway are read and written without TLS from outside (5672)',
    severity: 'high',
    proof: asked,
  },
  {
    key: 'broker.transport.amqp.ssl_connection.enabled',
    only: 'alone',
    shipped: true,
    ours: false,
    open: 'the broker listens for other servers, although there are no others (8672)',
    severity: 'low',
    proof: asked,
  },
  {
    // Bound to loopback alone, the broker is not found where API Manager looks for it by default.
    key: 'apim.event_hub.event_listening_endpoints',
    only: 'alone',
    shipped: undefined,
    ours: broker,
    allows: Array.isArray,
    open: 'with the broker on loopback nothing that is deployed reaches the gateway',
    severity: 'low',
    proof: asked,
  },
  {
    key: 'apim.throttling.throttle_decision_endpoints',
    only: 'alone',
    shipped: undefined,
    ours: broker,
    allows: Array.isArray,
    open: 'with the broker on loopback no limit on calls comes into force',
    severity: 'low',
    proof: asked,
  },
];

const tls: Row[] = [
  ...tomcatTls('the management listener', asked),
  ...(['listener', 'sender'] as const).flatMap((side): Row[] => [
    {
      key: `transport.passthru_https.${side}.parameters.HttpsProtocols`,
      shipped: 'TLSv1,TLSv1.1,TLSv1.2',
      ours: tlsProtocols,
      allows: areModern,
      open: `the gateway speaks TLS 1.0 and 1.1 ${side === 'listener' ? 'with recipients' : 'with backends'}`,
      severity: 'medium',
      proof: 'configuration data',
    },
    {
      key: `transport.passthru_https.${side}.parameters.PreferredCiphers`,
      shipped: undefined,
      ours: suites,
      allows: areRecommended,
      open: `the gateway takes suites without forward secrecy ${side === 'listener' ? 'from recipients' : 'from backends'}`,
      severity: 'medium',
      proof: 'configuration data',
    },
  ]),
  {
    key: 'transport.passthru_https.sender.parameters.HostnameVerifier',
    shipped: 'DefaultAndLocalhost',
    ours: 'Strict',
    open: 'the gateway takes any backend for one that is called localhost',
    severity: 'low',
    proof: 'configuration data',
  },
  {
    key: 'broker.transport.amqp.ssl_connection.ssl_enabled_protocols',
    only: 'several',
    shipped: 'TLSv1',
    ours: tlsProtocols,
    allows: areModern,
    open: 'the broker speaks TLS 1.0',
    severity: 'medium',
    proof: 'configuration data',
  },
  {
    key: 'transport.binary.receiver.sslEnabledProtocols',
    shipped: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    ours: tlsProtocols.split(','),
    allows: areModern,
    open: 'the receiver of events speaks TLS 1.0 and 1.1 (9711)',
    severity: 'medium',
    proof: 'configuration data',
  },
  {
    key: 'transport.binary.receiver.ciphers',
    shipped: ['suites in CBC mode'],
    ours: [...tlsSuites],
    allows: areRecommended,
    open: 'the receiver of events takes suites that BCP 195 does not recommend (9711)',
    severity: 'low',
    proof: 'configuration data',
  },
];

const gateway: Row[] = [
  {
    key: 'apim.cors.enable',
    shipped: 'true',
    ours: false,
    open: 'pages of every origin may call the APIs (`Access-Control-Allow-Origin: *`), which no recipient does from a browser',
    severity: 'low',
    proof: asked,
  },
  {
    key: 'apim.oauth_config.enable_certificate_bound_access_token',
    shipped: false,
    ours: true,
    open: "the gateway accepts a stolen token with another recipient's certificate",
    severity: 'high',
    proof: asked,
  },
  {
    key: 'keystore.listener_profile.ssl_verify_client',
    shipped: 'optional',
    ours: 'require',
    open: 'the gateway serves callers without a certificate ("optional" is the default)',
    severity: 'medium',
    proof: asked,
  },
];

/** What API Manager ships open. */
export const apiManagerBaseline: readonly BaselineRow[] = [
  ...accounts,
  ...selfService,
  ...services,
  ...ports,
  ...tls,
  ...gateway,
].map((row) => ({ server: 'api-manager', ...row }));
