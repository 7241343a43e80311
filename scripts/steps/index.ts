import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { api } from './api.ts';
import { discovery } from './discovery.ts';
import { endpoint } from './endpoint.ts';
import { keyManager } from './key-manager.ts';
import { operationalKeyManager } from './operational-key-manager.ts';
import { policy } from './policy.ts';
import { portal } from './portal.ts';
import { probe } from './probe.ts';
import { publication } from './publication.ts';
import { residentKeyManager } from './resident-key-manager.ts';
import { revision } from './revision.ts';
import { servers } from './servers.ts';
import { trust } from './trust.ts';

/**
 * Everything that provisioning does, in the order in which it is told. It differs from the vendor's guide on purpose: the
 * key manager comes before the API, and the resident one goes off only when it has a successor.
 */
export const steps: readonly Step<Environment>[] = [
  trust,
  servers,
  discovery,
  keyManager,
  operationalKeyManager,
  residentKeyManager,
  api,
  policy,
  endpoint,
  revision,
  publication,
  portal,
  probe,
];
