import type { Outbound } from '../outbound.ts';
import type { Scope } from '../publisher/api-object.ts';
import type { Store } from '../store.ts';

export interface ClientRequest {
  name: string;
  displayName: string;
  grantTypes: string[];
  callbackUrl: string;
  owner: string;
}

export interface KeyManagerClient {
  consumerKey: string;
  consumerSecret: string | undefined;
  grantTypes: string[];
  callbackUrl: string;
}

/** What API Manager asks of a key manager; every function rejects when the key manager cannot be reached or refuses. */
export interface Connector {
  /** Whether the scope is known, of a connector that can tell: an API that brings it is refused. */
  hasScope?(name: string): Promise<boolean>;
  /** Makes the scope known and binds it to its roles, unless it is known. */
  registerScope(scope: Scope): Promise<void>;
  /** What some do with the scopes that an API had before each of its updates; they are registered anew then. */
  dropScope?(name: string): Promise<void>;
  createClient(request: ClientRequest): Promise<KeyManagerClient>;
  /** Undefined when the key manager has no such client. */
  findClient(consumerKey: string): Promise<KeyManagerClient | undefined>;
  removeClient(consumerKey: string): Promise<void>;
  /** A first token of a new client. */
  issueToken(client: KeyManagerClient): Promise<{ accessToken: string; validityTime: number; tokenScopes: string[] }>;
}

export interface ConnectorNeeds {
  outbound: Outbound;
  store: Store;
  /** OAuth clients in the identity tables of API Manager's own database. */
  serviceProviders: { has(clientId: string): boolean };
  /** A token of API Manager's own token endpoint, for clients of the resident key manager. */
  issueResidentToken(clientId: string): Promise<{ accessToken: string; validityTime: number; tokenScopes: string[] }>;
}
