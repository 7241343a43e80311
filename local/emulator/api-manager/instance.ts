import type { Logger } from 'pino';
import type { KeyManagerHolder } from './admin/key-manager-holder.ts';
import type { Encryption } from './encryption.ts';
import type { Environments } from './environments.ts';
import type { GatewayDeployments } from './gateway-deployments.ts';
import type { Outbound } from './outbound.ts';
import type { Propagation } from './propagation.ts';
import type { SearchIndex } from './publisher/search-index.ts';
import type { Quirks } from './quirks.ts';
import type { Store } from './store.ts';
import type { TokenIssuer } from './token-issuer.ts';
import type { UserStore } from './user-store.ts';

/** One running API Manager: what its REST resources work with. */
export interface Instance {
  readonly quirks: Quirks;
  readonly logger: Logger;
  readonly store: Store;
  readonly users: UserStore;
  readonly encryption: Encryption;
  readonly tokens: TokenIssuer;
  readonly outbound: Outbound;
  readonly propagation: Propagation;
  readonly keyManagers: KeyManagerHolder;
  readonly search: SearchIndex;
  readonly environments: Environments;
  readonly deployments: GatewayDeployments;
  /** `https://<hostname>:<port>` of the management side. */
  readonly managementUrl: string;
}
