import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { OwnApplication } from '../own-application.ts';
import type { UserStore } from '../user-store.ts';
import type { KeyManagerHolder } from './admin/key-manager-holder.ts';
import type { KeyManagerType } from './connectors/key-manager-types.ts';
import type { Doors } from './doors.ts';
import type { Encryption } from './encryption.ts';
import type { Environments } from './environments.ts';
import type { Events } from './events.ts';
import type { GatewayDeployments } from './gateway-deployments.ts';
import type { Outbound } from './outbound.ts';
import type { Propagation } from './propagation.ts';
import type { SearchIndex } from './publisher/search-index.ts';
import type { Quirks } from './quirks.ts';
import type { Revocations } from './revocations.ts';
import type { Store } from './store.ts';
import type { TokenIssuer } from './token-issuer.ts';
import type { ApiManagerVersion } from './version.ts';

/** One running API Manager: what its REST resources work with. */
export interface Instance {
  readonly clock: Clock;
  /** May change while the server runs: read when needed, never kept. */
  readonly quirks: Readonly<Quirks>;
  readonly logger: Logger;
  readonly store: Store;
  readonly users: UserStore;
  readonly encryption: Encryption;
  readonly tokens: TokenIssuer;
  readonly outbound: Outbound;
  readonly propagation: Propagation;
  readonly keyManagers: KeyManagerHolder;
  /** What this installation offers. */
  readonly keyManagerTypes: readonly KeyManagerType[];
  readonly search: SearchIndex;
  readonly environments: Environments;
  readonly deployments: GatewayDeployments;
  readonly events: Events;
  readonly revocations: Revocations;
  /** What the version that this stands in for does; `calledItself` is what it says it is, such as 4.7.0. */
  readonly product: ApiManagerVersion & { calledItself: string };
  readonly ownApplication: OwnApplication;
  readonly doors: Doors;
  /** `https://<hostname>:<port>` of the management side. */
  readonly managementUrl: string;
}
