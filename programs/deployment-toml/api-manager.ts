import { stringify, type TomlTable } from 'smol-toml';
import { baselineTables } from '../hardening/baseline.ts';
import { type DataSources, databaseTable, databaseTables, embedded } from './databases.ts';
import { type ApiManagerPair, eventTables } from './event-duplication.ts';
import { gatewayRevocationTables } from './handshake-revocation.ts';
import { merged } from './merge.ts';
import {
  fromEnvironment,
  isAtLeast,
  nodeAddressVariable,
  type Stores,
  secretEnvironment,
  storeTables,
} from './stores.ts';

/** What differs between API Manager's deployments. */
export interface ApiManagerConfiguration extends Stores {
  /** The host name that callers use; it is in redirects, in the issuer and in the gateway's virtual host. */
  hostname: string;
  /** Added to every port of the product: 9443 (management), 8243 (gateway). */
  portOffset: number;
  administrator: string;
  /** The product's, such as `4.7.0`: versions know different settings. */
  version: string;
  /** Its databases, where they are not the embedded ones. */
  dataSources?: DataSources;
  /** Public host of the portals, which an edge serves on 443; without it they are reached by `hostname`. */
  portalHost?: string;
  /** The gateway as recipients call it; its host is the virtual host of what is deployed. Without it, by `hostname`. */
  gatewayUrl?: string;
  /** Whether the gateway asks at the handshake if a caller's certificate is revoked. Needs 4.6. */
  revocation?: boolean;
  /** The Open Banking accelerator's own settings: the name of its key manager. */
  acceleratorKeyManager?: string;
  /** Which of two it is, where there are two; `$env{NODE_IP}` is its address then. */
  instances?: ApiManagerPair;
}

/** The header in which the gateway hands the recipient's certificate on; a caller's own copy never passes. */
export const certificateHeader = 'X-WSO2-CLIENT-CERTIFICATE';

/**
 * Renders API Manager's `repository/conf/deployment.toml`.
 *
 * Passwords and keys are `$env{}` references (see `secretEnvironment`); the file itself holds none.
 */
export function apiManagerToml(configuration: ApiManagerConfiguration): string {
  const { hostname, portOffset, administrator, version } = configuration;
  const isStock = isAtLeast(version, '4.5.0');
  const { dataSources, acceleratorKeyManager, portalHost, gatewayUrl, instances } = configuration;
  const managementUrl = `https://${hostname}:${9443 + portOffset}`;
  const stores = storeTables(configuration);
  const tables = {
    server: {
      hostname: portalHost ?? hostname,
      ...(instances && { node_ip: fromEnvironment(nodeAddressVariable) }),
      offset: portOffset,
    },
    // Redirects and links name the port of the edge; the server itself keeps its own.
    ...(portalHost !== undefined && { transport: { https: { properties: { proxyPort: 443 } } } }),
    super_admin: {
      username: administrator,
      password: fromEnvironment(secretEnvironment.administratorPassword),
      create_admin_account: true,
    },
    user_store: { type: 'database_unique_id' },
    encryption: {
      key: fromEnvironment(secretEnvironment.encryptionKey),
      // 4.2 to 4.6 ship this provider without a bundle that it needs: with it they can encrypt nothing, and take no key manager.
      ...(isAtLeast(version, '4.7.0') && {
        internal_crypto_provider: 'org.wso2.carbon.crypto.provider.SymmetricKeyInternalCryptoProvider',
      }),
    },
    // "local" remembers what has been indexed: it and the index are on the volume, or no API is found after a pod's replacement.
    database: { ...databaseTables('api-manager', dataSources), local: databaseTable(embedded('WSO2CARBON_DB')) },
    indexing: { location: '../../../../repository/database/solr' },
    ...(isStock && { oauth: tokenTables }),
    // Our API says x-wso2-api-type: non-regulatory: the accelerator's executors stay out, and need no settings.
    ...(acceleratorKeyManager && { open_banking: { keyManager: { name: acceleratorKeyManager } } }),
    keystore: {
      ...(stores.keystore as TomlTable),
    },
    truststore: stores.truststore,
    apimgt: {
      // Said outright: with false, a caller's own certificate header would be believed.
      mutual_ssl: { certificate_header: certificateHeader, enable_client_validation: true },
    },
    apim: {
      gateway: {
        environment: [
          {
            name: 'Default',
            type: 'hybrid',
            ...(isStock && { gateway_type: 'Regular', provider: 'wso2' }),
            display_in_api_console: true,
            description: 'The gateway that recipients call.',
            show_as_token_endpoint_url: true,
            service_url: `${managementUrl}/${fromEnvironment(secretEnvironment.servicePath)}/`,
            // A literal: the product does not resolve references inside an array of tables.
            username: administrator,
            password: fromEnvironment(secretEnvironment.administratorPassword),
            https_endpoint: gatewayUrl ?? `https://${hostname}:${8243 + portOffset}`,
          },
        ],
      },
      ...(portalHost !== undefined && { devportal: { url: `https://${portalHost}/devportal` } }),
      sync_runtime_artifacts: { gateway: { gateway_labels: ['Default'] } },
      ...(instances && eventTables(instances)),
      oauth_config: {
        // dcr-service checks the recipient's bearer token again, so it must arrive (default: it is dropped).
        enable_outbound_auth_header: true,
      },
    },
    // Without this pair the gateway cannot read a registration request, whose media type is application/jwt.
    custom_message_formatters: [
      { class: 'org.apache.axis2.format.PlainTextFormatter', content_type: 'application/jwt' },
    ],
    custom_message_builders: [{ class: 'org.apache.axis2.format.PlainTextBuilder', content_type: 'application/jwt' }],
    passthru_http: { 'http.headers.preserve': 'Content-Type,Date' },
  };
  const baseline = baselineTables('api-manager', version, { portOffset, several: instances !== undefined });
  const revocation = configuration.revocation ? gatewayRevocationTables : {};
  return stringify([revocation, baseline].reduce<TomlTable>(merged, tables as unknown as TomlTable));
}

/** API Manager stores its own tokens in its database, in every version: 4.7 does so only with this setting. */
const tokenTables = {
  token_persistence: { enable: true },
  extensions: {
    token_types: [{ name: 'JWT', issuer: 'org.wso2.is.key.manager.tokenpersistence.issuer.ExtendedJWTTokenIssuer' }],
  },
} as const;
