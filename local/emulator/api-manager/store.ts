import type { State } from '../state.ts';
import type { User } from '../user-store.ts';
import type { KeyManager } from './admin/key-manager-object.ts';
import type { ApiObject } from './publisher/api-object.ts';
import type { PolicySpecification } from './publisher/policy-specification.ts';

/** A client of API Manager's own token endpoint: of the REST APIs, or of an application of the resident key manager. */
export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  clientName: string;
  callbackUrl: string;
  grantTypes: string[];
  owner: string;
}

export interface RefreshToken {
  token: string;
  clientId: string;
  username: string;
  scopes: string[];
}

export interface Api {
  object: ApiObject & { id: string };
  /** OpenAPI as JSON text. */
  definition: string;
}

export interface Policy {
  id: string;
  apiId: string;
  specification: PolicySpecification;
  /** Synapse XML, with placeholders. */
  definition: string;
  md5: string;
}

/** A frozen copy of an API and of the policies that it uses. */
export interface Revision {
  id: string;
  apiId: string;
  displayName: string;
  description: string;
  createdTime: string;
  object: Api['object'];
  definition: string;
  policies: Policy[];
}

/** At most one revision of an API is deployed to an environment. */
export interface Deployment {
  apiId: string;
  revisionId: string;
  environment: string;
  vhost: string;
  displayOnDevportal: boolean;
  deployedTime: string;
  /** What the gateway said of it; undefined until it has said something. */
  outcome?: 'deployed' | 'failed';
  successDeployedTime?: string;
}

export interface Application {
  applicationId: string;
  name: string;
  throttlingPolicy: string;
  description: string;
  tokenType: string;
  attributes: Record<string, string>;
  groups: string[];
  owner: string;
  /** Milliseconds of the epoch, as text. */
  createdTime: string;
  updatedTime: string;
}

export interface KeyMapping {
  keyMappingId: string;
  applicationId: string;
  /** Name of the key manager. */
  keyManager: string;
  keyType: 'PRODUCTION' | 'SANDBOX';
  mode: 'CREATED' | 'MAPPED';
  /** Absent in a row that a failed key generation left behind. */
  consumerKey?: string;
  consumerSecret?: string;
  grantTypes: string[];
  callbackUrl: string;
}

export interface Subscription {
  subscriptionId: string;
  applicationId: string;
  apiId: string;
  throttlingPolicy: string;
  status: 'UNBLOCKED' | 'BLOCKED';
}

export interface Collection<T> {
  get(id: string): T | undefined;
  put(id: string, value: T): void;
  remove(id: string): boolean;
  list(): T[];
}

/** The database of the server, one collection a table. */
export interface Store {
  users: Collection<User>;
  /** Clients of the REST APIs by name, since registration is an upsert by name. */
  restClients: Collection<OAuthClient>;
  /** Clients of the resident key manager, by client id. */
  residentClients: Collection<OAuthClient>;
  refreshTokens: Collection<RefreshToken>;
  /** By jti. */
  revokedTokens: Collection<{ jti: string; revokedAt: string }>;
  keyManagers: Collection<KeyManager & { id: string }>;
  apis: Collection<Api>;
  policies: Collection<Policy>;
  revisions: Collection<Revision>;
  /** How many revisions an API has ever had: numbers are not used again. */
  revisionCounts: Collection<number>;
  /** By API and environment. */
  deployments: Collection<Deployment>;
  applications: Collection<Application>;
  keyMappings: Collection<KeyMapping>;
  subscriptions: Collection<Subscription>;
}

/** Users have a database of their own in the product, `shared_db`. */
export function openStore(state: State, users: State): Store {
  const collection = <T>(kind: string, table = state): Collection<T> => ({
    get: (id) => table.get<T>(kind, id),
    put: (id, value) => table.put(kind, id, value),
    remove: (id) => table.remove(kind, id),
    list: () => table.list<T>(kind),
  });
  return {
    users: collection('user', users),
    restClients: collection('rest-client'),
    residentClients: collection('resident-client'),
    refreshTokens: collection('refresh-token'),
    revokedTokens: collection('revoked-token'),
    keyManagers: collection('key-manager'),
    apis: collection('api'),
    policies: collection('policy'),
    revisions: collection('revision'),
    revisionCounts: collection('revision-count'),
    deployments: collection('deployment'),
    applications: collection('application'),
    keyMappings: collection('key-mapping'),
    subscriptions: collection('subscription'),
  };
}
