import type { State } from '../state.ts';
import { registeredScopes } from './api-resource.ts';
import { authorizedScopes } from './application.ts';
import { consoleScopes, isOfTheProduct, systemPermissions } from './permissions.ts';
import type { IdentityServerSettings } from './settings.ts';
import type { IdentityServerVersion } from './version.ts';

/** The OIDC scopes that the product comes with. */
export const OIDC_SCOPES = ['openid', 'profile', 'email', 'phone', 'address', 'groups', 'roles'];

export interface GrantedScopes {
  all: string[];
  /** Scopes by `allowed_scopes`, which are not stored with the token: introspection returns them once. */
  unkept: string[];
}

interface Rules {
  state: State;
  settings: IdentityServerSettings['scopes'];
  version: Pick<IdentityServerVersion, 'scopes'>;
  clientId: string;
  /** Who grants: the client itself by client_credentials, or a consumer. */
  grantee: 'client' | 'consumer';
}

/** The rules of one server. */
export type GrantsScopes = (requested: readonly string[], clientId: string, grantee: Rules['grantee']) => GrantedScopes;

/**
 * The scopes that an application gets of those it asks for; what it does not get is dropped without a word. From 7.0 on
 * (DefaultOAuth2ScopeValidator): OIDC scopes, `openid` for consumers alone; what `[oauth] allowed_scopes` matches, whether anybody
 * registered it or not; and other scopes of API resources, the product's own among them, when the application is
 * authorized for them, or `[oauth] authorize_all_scopes` authorizes all. Before 7.0: everything but the product's own.
 */
export function grantedScopes(requested: readonly string[], rules: Rules): GrantedScopes {
  const { state, settings, version, clientId, grantee } = rules;
  const asked = [...new Set(requested)];
  const isConsumers = grantee === 'consumer';
  if (version.scopes === 'open') {
    return { all: asked.filter((scope) => (scope !== 'openid' || isConsumers) && !isOfTheProduct(scope)), unkept: [] };
  }
  const registered = registeredScopes(state);
  const authorized = authorizedScopes(state, clientId, grantee);
  // internal_login is for users, of any client.
  const own = new Set([
    'SYSTEM',
    ...consoleScopes,
    ...[...systemPermissions].filter((scope) => scope !== 'internal_login'),
  ]);
  const isAuthorised = (scope: string) => {
    if (authorized.has(scope)) return true;
    if (scope === 'internal_login') return isConsumers;
    if (registered.has(scope) || own.has(scope)) return settings.authorizeAll;
    return !isOfTheProduct(scope) && !settings.dropUnregistered;
  };
  const unkept = asked.filter((scope) => settings.allowed.some((pattern) => pattern.test(scope)));
  const kept = asked.filter((scope) => {
    if (unkept.includes(scope) || (scope === 'openid' && !isConsumers)) return false;
    return OIDC_SCOPES.includes(scope) || isAuthorised(scope);
  });
  return { all: [...kept, ...unkept], unkept };
}
