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
  /** Makes the scope known unless it is, and binds it to its roles. */
  registerScope(scope: Scope): Promise<void>;
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
