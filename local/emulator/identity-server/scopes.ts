import type { State } from '../state.ts';
import { registeredScopes } from './api-resource.ts';
import type { IdentityServerSettings } from './settings.ts';

/** The OIDC scopes that the product comes with. */
export const OIDC_SCOPES = ['openid', 'profile', 'email', 'phone', 'address', 'groups', 'roles'];

/**
 * The scopes that an application gets of those it asks for, without a user (client_credentials), as the product's
 * DefaultOAuth2ScopeValidator has it: OIDC scopes but `openid`; scopes of API resources when the application is
 * authorised for them, which no application of DCR is unless `[oauth] authorize_all_scopes` authorises all; and what
 * nobody registered is dropped without a word.
 */
export function grantedScopes(
  requested: readonly string[],
  state: State,
  settings: IdentityServerSettings['scopes'],
): string[] {
  const registered = registeredScopes(state);
  return [...new Set(requested)].filter((scope) => {
    if (scope === 'openid') return false;
    if (OIDC_SCOPES.includes(scope)) return true;
    return registered.has(scope) ? settings.authorizeAll : !settings.dropUnregistered;
  });
}
