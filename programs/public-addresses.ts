import { addresses } from './addresses.ts';
import type { EdgeSettings } from './edge-settings.ts';

/** Where provisioning puts the registration API at the gateway unless its settings say otherwise, and the operation that registers. */
export const registrationPath = '/open-banking/0.2/register';

/** What the parts of a stack are called outside of it: by public names where it has an edge, otherwise by those of their Services. */
export interface PublicAddresses {
  gateway: string;
  portals: string;
  identityServer: string;
  /** The `iss` of Identity Server's tokens. */
  issuer: string;
  /** Where recipients register, as discovery says it. */
  registrationUrl: string;
}

/** Every edge listens on 443, which a URL leaves out. */
export function publicAddresses(
  settings: Pick<EdgeSettings, 'gatewayHost' | 'identityHost' | 'portalHost'>,
): PublicAddresses {
  const at = (host: string | undefined, inside: string) => (host === undefined ? inside : `https://${host}`);
  const gateway = at(settings.gatewayHost, addresses.gateway);
  const identityServer = at(settings.identityHost, addresses.identityServer);
  return {
    gateway,
    portals: at(settings.portalHost, addresses.apiManager),
    identityServer,
    issuer: `${identityServer}/oauth2/token`,
    registrationUrl: gateway + registrationPath,
  };
}
