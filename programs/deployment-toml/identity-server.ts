import { stringify } from 'smol-toml';
import { type DataSources, databaseTables } from './databases.ts';
import { membershipSchemeClass } from './required-settings.ts';
import {
  fromEnvironment,
  namespaceVariable,
  nodeAddressVariable,
  type Stores,
  secretEnvironment,
  storeTables,
} from './stores.ts';

/** What differs between Identity Server's deployments. */
export interface IdentityServerConfiguration extends Stores {
  /** The host name that callers use; the issuer of its tokens is `https://<hostname>:<port>/oauth2/token`. */
  hostname: string;
  /** Added to every port of the product: 9443. */
  portOffset: number;
  administrator: string;
  /** The host that recipients call on 443, where an edge stands before it: the issuer is `https://<publicHost>/oauth2/token` then. */
  publicHost?: string;
  /** Where API Manager wants to hear of revoked tokens. */
  apiManagerUrl: string;
  /** Its databases, where they are not the embedded ones. */
  dataSources?: DataSources;
  /** Whether the Open Banking accelerator is installed; `identity_db` is API Manager's database then, with the tables in it. */
  accelerator?: boolean;
  /** The Service of all replicas, where there are several: `$env{NODE_IP}` and `$env{POD_NAMESPACE}` are the pod's then. */
  clusterService?: string;
}

/** Life of a recipient's access token in seconds; the Consumer Data Standards allow 2 to 10 minutes. */
const accessTokenSeconds = 600;

/**
 * Renders Identity Server's `repository/conf/deployment.toml`.
 *
 * Passwords are `$env{}` references (see `secretEnvironment`); the file itself holds none.
 */
export function identityServerToml(configuration: IdentityServerConfiguration): string {
  const { hostname, portOffset, administrator, publicHost, clusterService } = configuration;
  return stringify({
    server: {
      hostname: publicHost ?? hostname,
      ...(clusterService !== undefined && { node_ip: fromEnvironment(nodeAddressVariable) }),
      offset: portOffset,
    },
    ...(clusterService !== undefined && { clustering: clustering(clusterService) }),
    super_admin: {
      username: administrator,
      password: fromEnvironment(secretEnvironment.administratorPassword),
      create_admin_account: true,
    },
    user_store: { type: 'database_unique_id' },
    ...storeTables(configuration),
    ...databaseTables(configuration.dataSources),
    ...(configuration.accelerator && acceleratorTables(configuration)),
    oauth: {
      // Scopes belong to API Manager's APIs, whose subscriptions decide; WSO2's own instruction for a key manager.
      authorize_all_scopes: true,
      token_validation: { app_access_token_validity: accessTokenSeconds },
    },
    // Asks every caller for a certificate and insists on none: recipients' tokens are bound to theirs (RFC 8705).
    transport: {
      https: {
        sslHostConfig: { properties: { certificateVerification: 'optional' } },
        // The port in its issuer and endpoints; 443 is left out of them.
        ...(publicHost !== undefined && { properties: { proxyPort: 443 } }),
      },
    },
    role_mgt: { allow_system_prefix_for_role: true },
    event_listener: [
      {
        id: 'token_revocation',
        type: 'org.wso2.carbon.identity.core.handler.AbstractIdentityHandler',
        name: 'org.wso2.is.notification.ApimOauthEventInterceptor',
        order: 1,
        properties: {
          notification_endpoint: `${configuration.apiManagerUrl}/internal/data/v1/notify`,
          username: '$ref{super_admin.username}',
          password: '$ref{super_admin.password}',
          // What the handler of API Manager registers under, for 7.x as for older ones, by WSO2's guide for its connector;
          // with any other value the notification is answered 200 and ignored. An image without WSO2's notification
          // handlers in its dropins, as the stock one is, sends none at all.
          'header.X-WSO2-KEY-MANAGER': 'WSO2-IS',
        },
      },
    ],
  });
}

/** Where the replicas tell each other which entries of their caches are void. */
export const clusterPort = 4000;

/** Replicas find each other by the endpoints of their Service, which they ask the cluster's API for. */
function clustering(service: string): Record<string, unknown> {
  return {
    membership_scheme: 'kubernetes',
    domain: `cdr-stack.${service}`,
    local_member_host: fromEnvironment(nodeAddressVariable),
    local_member_port: `${clusterPort}`,
    properties: {
      membershipSchemeClassName: membershipSchemeClass,
      KUBERNETES_NAMESPACE: fromEnvironment(namespaceVariable),
      KUBERNETES_SERVICES: service,
      // With true, WSO2's documented value, the scheme has the whole JVM trust any certificate of any name.
      KUBERNETES_MASTER_SKIP_SSL_VERIFICATION: false,
      // By DNS it would ask for a headless Service in the domain cluster.local, which not every cluster has.
      USE_DNS: false,
    },
  };
}

/** What the Open Banking accelerator's registration and API Manager's connector need of Identity Server 6.1. */
function acceleratorTables(configuration: IdentityServerConfiguration): Record<string, unknown> {
  const { hostname, portOffset, publicHost } = configuration;
  const issuer = `https://${publicHost ?? `${hostname}:${9443 + portOffset}`}/oauth2/token`;
  const verbs = { POST: 'create', GET: 'view', PUT: 'update', DELETE: 'delete' };
  return {
    // The tables come with API Manager's schema.
    identity_data_source: { skip_db_schema_creation: true },
    tenant_context: { rewrite: { custom_webapps: ['/keymanager-operations/'] } },
    // dcr-service finds a client by its software_id.
    open_banking: {
      dcr: { use_softwareid_as_appname: true, registration: { audience: { allowed_values: [issuer] } } },
    },
    resource: {
      access_control: [
        ...Object.entries(verbs).map(([http_method, verb]) => ({
          context: '(.*)/keymanager-operations/dcr/register(.*)',
          secure: true,
          http_method,
          permissions: `/permission/admin/manage/identity/applicationmgt/${verb}`,
          scopes: `internal_application_mgt_${verb}`,
        })),
        {
          context: '(.*)/api/openbanking/dynamic-client-registration/(.*)',
          secure: true,
          http_method: 'all',
          // The accelerator's own value is /permission/admin, which only an administrator has; dcr-service's user is none.
          permissions: '/permission/admin/manage/identity/applicationmgt',
          allowed_auth_handlers: ['BasicAuthentication'],
        },
      ],
    },
  };
}
