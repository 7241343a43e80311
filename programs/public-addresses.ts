import { addresses } from './addresses.ts';
import type { EdgeSettings } from './edge-settings.ts';

/** What the parts of a stack are called outside of it: by public names where it has an edge, otherwise by those of their Services. */
export interface PublicAddresses {
  gateway: string;
  portals: string;
  identityServer: string;
  /** The `iss` of Identity Server's tokens. */
  issuer: string;
}

/** Every edge listens on 443, which a URL leaves out. */
export function publicAddresses(
  settings: Pick<EdgeSettings, 'gatewayHost' | 'identityHost' | 'portalHost'>,
): PublicAddresses {
  const at = (host: string | undefined, inside: string) => (host === undefined ? inside : `https://${host}`);
  const identityServer = at(settings.identityHost, addresses.identityServer);
  return {
    gateway: at(settings.gatewayHost, addresses.gateway),
    portals: at(settings.portalHost, addresses.apiManager),
    identityServer,
    issuer: `${identityServer}/oauth2/token`,
  };
}
