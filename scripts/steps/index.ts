import { type ApiSettings, registrationApi } from '../api-settings.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import type { Settings } from '../settings.ts';
import { absentApi, noApis } from './absent-api.ts';
import { api as createApi } from './api.ts';
import { apiManagerUsers } from './api-manager-users.ts';
import { dataHolderScopes } from './data-holder-scopes.ts';
import { discovery } from './discovery.ts';
import { endpoint } from './endpoint.ts';
import { identityServerUsers } from './identity-server-users.ts';
import { keyManager } from './key-manager.ts';
import { operationalKeyManager } from './operational-key-manager.ts';
import { outdatedScopes } from './outdated-scopes.ts';
import { type ApiStep, forApi } from './per-api.ts';
import { policy } from './policy.ts';
import { portal } from './portal.ts';
import { preflight } from './preflight.ts';
import { probe } from './probe.ts';
import { publication } from './publication.ts';
import { residentKeyManager } from './resident-key-manager.ts';
import { revision } from './revision.ts';
import { servers } from './servers.ts';
import { trust } from './trust.ts';

const beforeApis: readonly Step<Environment>[] = [
  trust,
  servers,
  discovery,
  preflight,
  apiManagerUsers,
  identityServerUsers,
  dataHolderScopes,
  keyManager,
  operationalKeyManager,
  residentKeyManager,
];

const ofAnApi: readonly ApiStep[] = [createApi, policy, endpoint, revision, publication, portal, probe];

/** What an API goes through; the settings say through which of it which API goes. */
export const stepKinds: readonly string[] = [...beforeApis, ...ofAnApi, outdatedScopes([])].map(({ name }) => name);

/**
 * All steps of provisioning, in the order of the report. It differs from the vendor's guide on purpose: the
 * key manager comes before the APIs, and the resident one goes off only when it has a successor.
 */
export function stepsFor({ apis }: Pick<Settings, 'apis'>): Step<Environment>[] {
  if (apis.length === 0) return [...beforeApis, noApis, outdatedScopes([noApis.name])];
  const present = apis.filter(({ state }) => state === 'present');
  const ofApis = apis.flatMap((api) => {
    const label = labelOf(api, apis);
    if (api.state === 'absent') return [absentApi(api, label)];
    // The probe knocks at dcr-service, which is behind that API alone.
    const chain = api.name === registrationApi ? ofAnApi : ofAnApi.filter((step) => step !== probe);
    const index = present.indexOf(api);
    const [first, ...others] = chain.map((step) => forApi(step, chain, label, index));
    const before = present[index - 1];
    // One after the other: to make an API registers its scopes, and two at once race for the resource that holds them.
    const turn = before ? [`${createApi.name}:${labelOf(before, apis)}`] : [];
    return first ? [{ ...first, needs: [...first.needs, ...turn] }, ...others] : [];
  });
  return [...beforeApis, ...ofApis, outdatedScopes(ofApis.map(({ name }) => name))];
}

/** The label of an API in steps and messages; undefined if it is the only API. */
function labelOf({ name, version }: ApiSettings, apis: readonly ApiSettings[]): string | undefined {
  if (apis.length === 1) return undefined;
  return apis.some((other) => other.name === name && other.version !== version) ? `${name}:${version}` : name;
}

/** Names of steps as a caller gives them: `policy` is that of every API, `policy:Accounts` that of one. */
export function selectKinds(names: readonly string[], steps: readonly Step<Environment>[]): string[] {
  return names.flatMap((name) => {
    const ofKind = steps.map((step) => step.name).filter((known) => known === name || known.startsWith(`${name}:`));
    return ofKind.length > 0 ? ofKind : [name];
  });
}
