import { type ApiResource, dataHolderScopes, type IdentityServer } from '@cdr-stack/wso2';
import { PlatformError } from '../registration/platform.ts';

/** For how long a look-up is good in which a client finds all that it states, in milliseconds. */
const freshMs = 30_000;
/** The same where something is missing, which may be offered by now. */
const freshWithGapsMs = 2_000;

/** Scopes that every client gets that asks for them: `allowed_scopes` of Identity Server. They belong to no API resource. */
const grantedToAll = ['openid', 'profile'];

/** The scopes of a list that a client of this statement may ask for, with those that need no authorization. */
export const heldScope = (stated: string, authorized: readonly string[]): string =>
  stated
    .split(' ')
    .filter((name) => grantedToAll.includes(name) || authorized.includes(name))
    .join(' ');

/** The scopes that a client is to be authorized for. */
export const scopesFor = ({ scopes }: ApiResource, stated: string): string[] =>
  stated.split(' ').filter((name) => scopes.includes(name));

/** The API resource whose scopes this data holder offers, remembered for a while. */
export interface OfferedScopes {
  /**
   * @param stated the scopes that a client states
   * @throws PlatformError when Identity Server has no such resource
   */
  resource(identityServer: IdentityServer, stated: string): Promise<ApiResource>;
  forget(): void;
}

const notProvisioned = () =>
  new PlatformError(
    'Identity Server',
    'refused',
    `Identity Server has no API resource ${dataHolderScopes}, whose scopes clients are authorized for: run the provisioning`,
  );

export function offeredScopes(): OfferedScopes {
  let lookedUp: { readonly at: number; readonly found: Promise<ApiResource> } | undefined;
  const lookUp = async ({ apiResources }: IdentityServer): Promise<ApiResource> => {
    const found = await apiResources.find(dataHolderScopes);
    if (!found) throw notProvisioned();
    return found;
  };
  const hasAll = (resource: ApiResource, stated: string) => heldScope(stated, resource.scopes) === stated;
  return {
    async resource(identityServer, stated) {
      if (lookedUp) {
        const { at, found } = lookedUp;
        const age = performance.now() - at;
        // A caller that still has time looks up again when the shared look-up fails.
        if (age < freshWithGapsMs) return found.catch(() => lookUp(identityServer));
        const known = age < freshMs ? await found.catch(() => undefined) : undefined;
        if (known && hasAll(known, stated)) return known;
      }
      const mine = { at: performance.now(), found: lookUp(identityServer) };
      lookedUp = mine;
      try {
        return await mine.found;
      } catch (error) {
        if (lookedUp === mine) lookedUp = undefined;
        throw error;
      }
    },
    forget: () => {
      lookedUp = undefined;
    },
  };
}
