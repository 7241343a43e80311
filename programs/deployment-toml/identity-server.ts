import { stringify, type TomlTable } from 'smol-toml';
import { baselineTables } from '../hardening/baseline.ts';
import { type DataSource, type DataSources, databaseTable, databaseTables, embedded } from './databases.ts';
import { identityRevocationTables } from './handshake-revocation.ts';
import { merged } from './merge.ts';
import { recipientsListenerTables } from './recipients-listener.ts';
import {
  fromEnvironment,
  isAtLeast,
  namespaceVariable,
  nodeAddressVariable,
  recipientsStore,
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
  /** The product's, such as `7.3.0`: versions know different settings. */
  version: string;
  /** The server's own address; default `$env{NODE_IP}`. It does not start without one. */
  nodeAddress?: string;
  /** Where recipients register, as they call it: discovery says so. */
  registrationUrl?: string;
  /** The host that recipients and browsers call on 443, where an edge stands before it: the issuer is `https://<publicHost>/oauth2/token` then. */
  publicHost?: string;
  /** The host of a listener for recipients alone, where an edge stands before it: `publicHost` is for browsers then. Needs 7.1. */
  recipientHost?: string;
  /** Whether revocation lists of recipients' CAs are in the folder of the stores. */
  revocationLists?: boolean;
  /** Where API Manager wants to hear of revoked tokens. */
  apiManagerUrl: string;
  /** Its databases, where they are not the embedded ones. */
  dataSources?: DataSources;
  /** Whether the Open Banking accelerator is installed; `identity_db` is API Manager's database then, with the tables in it. */
  accelerator?: boolean;
  /** The Service of all replicas, where there are several: `$env{NODE_IP}` and `$env{POD_NAMESPACE}` are the pod's then. */
  clusterService?: string;
}

/** Life of a recipient's access token in seconds, with a consumer or without; the Consumer Data Standards allow 2 to 10 minutes. */
const accessTokenSeconds = 600;

/**
 * What every client gets that asks for it, as anchored regular expressions. What matches here is granted whether a client was authorized
 * for it or not, so it is no scope of the Consumer Data Standards: those are an API resource's, for which each client is authorized.
 */
const grantedToAll = ['^openid$', '^profile$'];

/** Of ID tokens (CDS, Security Profile; FAPI 1.0 Advanced, 8.6). A client that asks for another is refused. */
const idTokenAlgorithm = 'PS256';

/**
 * Renders Identity Server's `repository/conf/deployment.toml`.
 *
 * Passwords and keys are `$env{}` references (see `secretEnvironment`); the file itself holds none.
 */
export function identityServerToml(configuration: IdentityServerConfiguration): string {
  const { hostname, portOffset, administrator, publicHost, recipientHost, clusterService, version } = configuration;
  const { nodeAddress = fromEnvironment(nodeAddressVariable), registrationUrl, dataSources } = configuration;
  const isSeven = isAtLeast(version, '7.0.0');
  const tables = {
    server: {
      hostname: publicHost ?? hostname,
      node_ip: nodeAddress,
      offset: portOffset,
      // 7.x leaves 443 out of its issuer and endpoints by itself; 6.1 puts them together of host and port, whichever they are.
      ...(publicHost !== undefined && !isSeven && { base_path: `https://${publicHost}` }),
    },
    ...(clusterService !== undefined && { clustering: clustering(clusterService) }),
    super_admin: {
      username: administrator,
      password: fromEnvironment(secretEnvironment.administratorPassword),
      create_admin_account: true,
    },
    user_store: { type: 'database_unique_id' },
    ...storeTables(configuration),
    database: databaseTables('identity-server', dataSources),
    ...(isAtLeast(version, '7.3.0') && { datasource: { AgentIdentity: agentDatabase(dataSources) } }),
    // Without it the readiness probe of this server answers 200 even if its databases are down.
    carbon_health_check: { enable: true },
    ...(configuration.accelerator && acceleratorTables(configuration)),
    oauth: {
      ...(isSeven && {
        allowed_scopes: grantedToAll,
        oidc: { id_token: { signature_algorithm: idTokenAlgorithm, signing_algorithms: [idTokenAlgorithm] } },
      }),
      ...(isSeven && registrationUrl !== undefined && { endpoints: { v2: { oauth2_dcr_url: registrationUrl } } }),
      token_validation: {
        app_access_token_validity: accessTokenSeconds,
        user_access_token_validity: accessTokenSeconds,
      },
    },
    // Requests a certificate from every caller but does not require one: recipients' tokens are bound to theirs (RFC 8705). It has a
    // separate truststore, because the CAs for outgoing calls, public ones among them, must not apply to callers.
    transport: {
      https: {
        sslHostConfig: { properties: { certificateVerification: 'optional', ...listenerTrust(configuration) } },
        // The port by which it is called, as far as it knows.
        ...(publicHost !== undefined && { properties: { proxyPort: 443 } }),
      },
    },
    ...(isAtLeast(version, '7.0.0') && { role_mgt: { allow_system_prefix_for_role: true } }),
    event_listener: [
      {
        id: 'token_revocation',
        type: 'org.wso2.carbon.identity.core.handler.AbstractIdentityHandler',
        name: 'org.wso2.is.notification.ApimOauthEventInterceptor',
        order: 1,
        properties: {
          notification_endpoint: `${configuration.apiManagerUrl}/internal/data/v1/notify`,
          // A literal: the product does not resolve references inside an array of tables.
          username: administrator,
          password: fromEnvironment(secretEnvironment.administratorPassword),
          // What the handler of API Manager registers under, for 7.x as for older ones, by WSO2's guide for its connector;
          // with any other value the notification is answered 200 and ignored. An image without WSO2's notification
          // handlers in its dropins, as the stock one is, sends none at all.
          'header.X-WSO2-KEY-MANAGER': 'WSO2-IS',
        },
      },
    ],
  };
  const situation = { portOffset, several: clusterService !== undefined };
  const recipients = recipientHost === undefined ? {} : recipientsListenerTables(recipientHost, configuration);
  const baseline = baselineTables('identity-server', version, situation);
  const revocation = configuration.revocationLists ? identityRevocationTables(recipientHost !== undefined) : {};
  return stringify([recipients, revocation, baseline].reduce<TomlTable>(merged, tables as TomlTable));
}

function listenerTrust({ truststore }: Stores): Record<string, string> {
  const { fileName, type } = recipientsStore(truststore);
  return {
    truststoreFile: `\${carbon.home}/repository/resources/security/${fileName}`,
    truststorePassword: fromEnvironment(secretEnvironment.truststorePassword),
    truststoreType: type,
  };
}

/** The port at which replicas notify each other of invalid cache entries. */
export const clusterPort = 4000;

/** Replicas find each other by the endpoints of their Service, which they ask the cluster's API for. */
function clustering(service: string): Record<string, unknown> {
  return {
    membership_scheme: 'kubernetes',
    domain: `cdr-stack.${service}`,
    local_member_host: fromEnvironment(nodeAddressVariable),
    local_member_port: `${clusterPort}`,
    properties: {
      KUBERNETES_NAMESPACE: fromEnvironment(namespaceVariable),
      KUBERNETES_SERVICES: service,
    },
  };
}

/** From 7.3 on Identity Server keeps agents in a database of their own; in PostgreSQL they get tables beside its others. */
function agentDatabase({ identity_db: identityDatabase }: DataSources = {}): Record<string, unknown> {
  const source: DataSource = identityDatabase?.type === 'postgre' ? identityDatabase : embedded('WSO2AGENTIDENTITY_DB');
  const { type: _, ...members } = databaseTable(source);
  return { id: 'AgentIdentity', ...members };
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
      dcr: { use_softwareIdForAppName: true, registration: { audience: { allowed_values: [issuer] } } },
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
          // The accelerator's own value is /permission/admin, which only administrators have; dcr-service's user is not one.
          permissions: '/permission/admin/manage/identity/applicationmgt',
          allowed_auth_handlers: ['BasicAuthentication'],
        },
      ],
    },
  };
}
