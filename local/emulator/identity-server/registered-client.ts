import { randomInt } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import type { State } from '../state.ts';
import { removeApplication } from './application.ts';
import type { ClientMetadata } from './client-metadata.ts';

/** A client as Dynamic Client Registration keeps it. */
export interface RegisteredClient extends ClientMetadata {
  client_id: string;
  client_secret: string;
}

const KIND = 'client';

/** Of a client of the accelerator, what it keeps beside. */
export const REGULATED_CLIENT = 'regulated-client';

/** Kinds of state that are about one client, by its id. */
export const CLIENT_KINDS: readonly string[] = [KIND, REGULATED_CLIENT];

/** Grants that this server knows how to serve; a client may register others, as with the product, but not use them. */
export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'];

export const SECRET_METHODS = ['client_secret_basic', 'client_secret_post'];

export function findClient(state: State, clientId: string): RegisteredClient | undefined {
  return state.get<RegisteredClient>(KIND, clientId);
}

/** Names are unique in the product: an application is found by its name, and DCR refuses a second one. */
export function findClientByName(state: State, name: string): RegisteredClient | undefined {
  return listClients(state).find((client) => client.client_name === name);
}

export const listClients = (state: State): RegisteredClient[] => state.list<RegisteredClient>(KIND);

export function putClient(state: State, client: RegisteredClient): void {
  state.put(KIND, client.client_id, client);
}

export function removeClient(state: State, clientId: string): void {
  state.remove(KIND, clientId);
  removeApplication(state, clientId);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_';

/** Random characters as in the product's client ids (28) and secrets (44). */
export function randomCredential(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The part of the registration that oidc-provider acts on, in its terms. */
export function oauthClientMetadata(client: RegisteredClient, idTokenAlgorithm: string): AdapterPayload {
  const method = client.token_endpoint_auth_method ?? 'client_secret_basic';
  const code = client.grant_types.includes('authorization_code');
  return {
    client_id: client.client_id,
    ...(SECRET_METHODS.includes(method) ? { client_secret: client.client_secret } : {}),
    token_endpoint_auth_method: method as 'private_key_jwt',
    ...(client.token_endpoint_auth_signing_alg === undefined
      ? {}
      : { token_endpoint_auth_signing_alg: client.token_endpoint_auth_signing_alg as 'PS256' }),
    ...(client.jwks_uri === undefined ? {} : { jwks_uri: client.jwks_uri }),
    grant_types: client.grant_types.filter((grant) => GRANT_TYPES.includes(grant)),
    response_types: code ? ['code'] : [],
    // Which there are is judged elsewhere, by the expression that the product keeps: this one satisfies oidc-provider's schema.
    redirect_uris: ['https://client.invalid/callback'],
    ...(client.subject_type === 'pairwise' ? { subject_type: 'pairwise' } : {}),
    tls_client_certificate_bound_access_tokens: client.tls_client_certificate_bound_access_tokens,
    require_pushed_authorization_requests: client.require_pushed_authorization_requests,
    id_token_signed_response_alg: idTokenAlgorithm as 'PS256',
    ...(client.request_object_signing_alg === undefined
      ? {}
      : { request_object_signing_alg: client.request_object_signing_alg as 'PS256' }),
  };
}
