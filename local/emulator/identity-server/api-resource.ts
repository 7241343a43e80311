import type { State } from '../state.ts';

export interface ApiResourceScope {
  id: string;
  name: string;
  displayName: string;
  description?: string | undefined;
  /** Role names, of a scope that came with some. */
  bindings?: string[];
}

/** An API that clients can be authorised for; API Manager's connector keeps all its scopes in one of them. */
export interface ApiResource {
  id: string;
  identifier: string;
  name: string;
  description?: string | undefined;
  requiresAuthorization: boolean;
  scopes: ApiResourceScope[];
}

const KIND = 'api-resource';

export function listApiResources(state: State): ApiResource[] {
  return state.list<ApiResource>(KIND);
}

export function findApiResource(state: State, id: string): ApiResource | undefined {
  return state.get<ApiResource>(KIND, id);
}

export function putApiResource(state: State, resource: ApiResource): void {
  state.put(KIND, resource.id, resource);
}

export function removeApiResource(state: State, id: string): void {
  state.remove(KIND, id);
}

/** The names of the scopes of all API resources. */
export function registeredScopes(state: State): Set<string> {
  return new Set(listApiResources(state).flatMap(({ scopes }) => scopes.map(({ name }) => name)));
}
