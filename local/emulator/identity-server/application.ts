import { hash } from 'node:crypto';
import type { State } from '../state.ts';

/** What an application authorizes of one API resource. */
export interface AuthorizedApi {
  policy: AuthorizationPolicy;
  /** Scope names. */
  scopes: string[];
}

/** `No Policy` asks nothing of a consumer, `RBAC` a role. */
export const AUTHORIZATION_POLICIES = ['No Policy', 'RBAC'] as const;

export type AuthorizationPolicy = (typeof AUTHORIZATION_POLICIES)[number];

/** What the server holds about a client's application, and DCR neither shows nor changes. */
export interface Application {
  clientId: string;
  enabled: boolean;
  /** By the id of the API resource. */
  authorized: Record<string, AuthorizedApi>;
  /** The redirect URI, or the expression for several, as it was put without DCR; DCR's next write forgets it. */
  callback?: string | undefined;
}

const KIND = 'application';

export const applicationOf = (state: State, clientId: string): Application =>
  state.get<Application>(KIND, clientId) ?? { clientId, enabled: true, authorized: {} };

export const listApplications = (state: State): Application[] => state.list<Application>(KIND);

export function putApplication(state: State, application: Application): void {
  state.put(KIND, application.clientId, application);
}

export function removeApplication(state: State, clientId: string): void {
  state.remove(KIND, clientId);
}

/** An application has its own id, a UUID; here it is derived from the client's [I]. */
export const applicationId = (clientId: string): string =>
  hash('sha256', clientId, 'hex').replace(/^(.{8})(.{4}).(.{3})(.{4})(.{12}).*$/, '$1-$2-4$3-$4-$5');

/** The scopes that a client is authorized for. A consumer without a role gets nothing by `RBAC` (7.1.0). */
export function authorizedScopes(state: State, clientId: string, grantee: 'client' | 'consumer'): Set<string> {
  const all = Object.values(applicationOf(state, clientId).authorized);
  const counting = all.filter(({ policy }) => policy === 'No Policy' || grantee === 'client');
  return new Set(counting.flatMap(({ scopes }) => scopes));
}
