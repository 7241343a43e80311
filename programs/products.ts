import type { DatabaseTable } from './deployment-toml/databases.ts';
import { recipientsStore, type Store } from './deployment-toml/stores.ts';
import type { Probe, Probes } from './pods/probes.ts';

/** A database of a server's, by the setting that names it. */
export type DatabaseName =
  | 'apiManagerDatabase'
  | 'apiManagerSharedDatabase'
  | 'identityServerDatabase'
  | 'identityServerSharedDatabase';

/** A database that a server keeps its state in, where that is not the embedded one. */
export interface ProductDatabase {
  /** Its table in deployment.toml: `[database.<table>]`. */
  table: DatabaseTable;
  /** Which one it is. */
  name: DatabaseName;
  /** The scripts of its schema, beneath `dbscripts/` of the server's home, in their order; none where another server's makes it. */
  scripts: readonly string[];
  /** Scripts of ours that come after them, files of `programs/init`. */
  adjustments?: readonly string[];
  /** A table that the scripts make last or in the same transaction: where it is, they have run. */
  mark: string;
}

/** One of WSO2's servers as its image ships it. */
export interface Product {
  /** Such as `7.3.0`. */
  version: string;
  /** The server's home in its image. */
  home: string;
  /** User and group that the image was made for. */
  user: number;
  keystore: Store;
  truststore: Store;
  /** Ports of the product with `[server] offset = 0`: in a cluster every pod has all ports to itself. */
  ports: Record<string, number>;
  probes: Probes;
  /** What starts and, with `stop`, ends the server: in `bin/` of its home. */
  script: string;
  /** How long a pod has from its end's announcement to its end, in seconds. */
  terminationGraceSeconds: number;
  /** The environment variable with the JVM's heap options. */
  jvmMemoryVariable: string;
  databases: readonly ProductDatabase[];
}

/** A generation's pair of servers. */
export interface Generation {
  apiManager: Product;
  identityServer: Product;
  /** Whether both servers carry the Open Banking accelerator, whose key manager reads Identity Server's tables in-process. */
  accelerator: boolean;
  /** Where dcr-service registers clients: its DCR_CLIENT_REGISTRATION. */
  clientRegistration: 'dcr-v1.1' | 'accelerator';
}

/** Where both images look for what goes over the server's home at start; their entrypoint copies it there. */
export const configurationVolume = '/home/wso2carbon/wso2-config-volume';

/** The password of the stores in WSO2's images, which their documentation names: it protects nothing but public CAs. */
export const stockStorePassword = 'wso2carbon';

const startup: Probe = { tcp: 9443 };

/** Of every version: API Manager's own tables, and those of users and the registry. */
const apiManagerDatabases = [
  { table: 'apim_db', name: 'apiManagerDatabase', scripts: ['apimgt/postgresql.sql'], mark: 'am_system_configs' },
  { table: 'shared_db', name: 'apiManagerSharedDatabase', scripts: ['postgresql.sql'], mark: 'um_tenant' },
] as const satisfies readonly ProductDatabase[];

const identityServerSharedDatabase = {
  table: 'shared_db',
  name: 'identityServerSharedDatabase',
  scripts: ['postgresql.sql'],
  mark: 'um_tenant',
} as const satisfies ProductDatabase;

/**
 * What differs between the generations of WSO2's servers, as data.
 *
 * Homes and users are those of the Dockerfiles of WSO2's release branches; probes those that say the truth about each server:
 * API Manager is ready once its gateway has loaded every API (4.2 once it serves), Identity Server once its own health checkers
 * agree.
 */
export const generations = {
  '4.7': {
    apiManager: {
      version: '4.7.0',
      home: '/home/wso2carbon/wso2am-4.7.0',
      user: 10001,
      keystore: { fileName: 'wso2carbon.jks', type: 'JKS' },
      truststore: { fileName: 'client-truststore.jks', type: 'JKS' },
      ports: { management: 9443, gateway: 8243 },
      probes: {
        startup,
        liveness: { https: 9443, path: '/oauth2/jwks' },
        readiness: { https: 9443, path: '/api/am/gateway/v2/server-startup-healthcheck' },
      },
      script: 'api-manager.sh',
      terminationGraceSeconds: 120,
      jvmMemoryVariable: 'JVM_MEM_OPTS',
      databases: apiManagerDatabases,
    },
    identityServer: {
      version: '7.3.0',
      home: '/home/wso2carbon/wso2is-7.3.0',
      user: 802,
      // From 7.1 on, Identity Server's stores are PKCS#12.
      keystore: { fileName: 'wso2carbon.p12', type: 'PKCS12' },
      truststore: { fileName: 'client-truststore.p12', type: 'PKCS12' },
      ports: { management: 9443 },
      probes: {
        startup,
        liveness: { https: 9443, path: '/oauth2/token/.well-known/openid-configuration' },
        readiness: { https: 9443, path: '/api/health-check/v1.0/health' },
      },
      script: 'wso2server.sh',
      terminationGraceSeconds: 60,
      jvmMemoryVariable: 'JVM_MEM_OPTS',
      databases: [
        {
          table: 'identity_db',
          name: 'identityServerDatabase',
          scripts: ['identity/postgresql.sql', 'consent/postgresql.sql', 'identity/agent/postgresql.sql'],
          mark: 'idn_base_table',
        },
        identityServerSharedDatabase,
      ],
    },
    accelerator: false,
    clientRegistration: 'dcr-v1.1',
  },
  // The vendor guide's generation: images derived with the accelerator, see docs/generations.md.
  '4.2': {
    apiManager: {
      version: '4.2.0',
      home: '/home/wso2carbon/wso2am-4.2.0',
      user: 802,
      keystore: { fileName: 'wso2carbon.jks', type: 'JKS' },
      truststore: { fileName: 'client-truststore.jks', type: 'JKS' },
      ports: { management: 9443, gateway: 8243 },
      probes: {
        startup,
        liveness: { https: 9443, path: '/oauth2/jwks' },
        // Its gateway's own answer wants an administrator's password, which no probe may hold.
        readiness: { https: 9443, path: '/api/am/publisher/v4/settings' },
      },
      script: 'api-manager.sh',
      terminationGraceSeconds: 120,
      jvmMemoryVariable: 'JVM_MEM_OPTS',
      databases: apiManagerDatabases.map((database) =>
        database.table === 'apim_db' ? { ...database, adjustments: ['accelerator-columns.sql'] } : database,
      ),
    },
    identityServer: {
      version: '6.1.0',
      home: '/home/wso2carbon/wso2is-6.1.0',
      user: 802,
      keystore: { fileName: 'wso2carbon.jks', type: 'JKS' },
      truststore: { fileName: 'client-truststore.jks', type: 'JKS' },
      ports: { management: 9443 },
      probes: {
        startup,
        liveness: { https: 9443, path: '/oauth2/token/.well-known/openid-configuration' },
        readiness: { https: 9443, path: '/api/health-check/v1.0/health' },
      },
      script: 'wso2server.sh',
      terminationGraceSeconds: 60,
      jvmMemoryVariable: 'JVM_MEM_OPTS',
      databases: [
        // API Manager's database, whose script makes Identity Server's tables, too: the accelerator's key manager reads them.
        { table: 'identity_db', name: 'apiManagerDatabase', scripts: [], mark: 'idn_base_table' },
        identityServerSharedDatabase,
      ],
    },
    accelerator: true,
    clientRegistration: 'accelerator',
  },
} as const satisfies Record<string, Generation>;

export type GenerationName = keyof typeof generations;

/** The store of the key that a server signs with, where that is not the key of its TLS. */
export function signingKeystore({ keystore }: Product): Store {
  return { ...keystore, fileName: keystore.fileName.replace(/^wso2carbon/, 'signing') };
}

/** What a server's listener trusts: the CDR's CAs and no others. */
export const recipientsTruststore = ({ truststore }: Product): Store => recipientsStore(truststore);
