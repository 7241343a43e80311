import type { ApiSummary } from '@cdr-stack/wso2';
import type { ApiSettings } from '../api-settings.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { ownerOf, refuseForeign, takeover } from '../ownership.ts';
import { planApiRemoval, removeApi } from './removal/api-removal.ts';
import { apiIfThere, ownApis } from './removal/own-apis.ts';

/** An API that is declared as absent. */
export function absentApi({ name, version }: ApiSettings, label: string | undefined): Step<Environment, ApiSummary[]> {
  return removing(label, async ({ apiManager }) => {
    const listed = await apiManager.publisher.findApi(name, version);
    const found = listed && (await apiIfThere(apiManager.publisher, listed.id));
    return found ? [found] : [];
  });
}

/** A list of APIs that is declared empty: all that we made go. */
export const noApis: Step<Environment, ApiSummary[]> = removing(undefined, ownApis);

function removing(
  label: string | undefined,
  find: (environment: Environment) => Promise<ApiSummary[]>,
): Step<Environment, ApiSummary[]> {
  return {
    name: label === undefined ? 'api' : `api:${label}`,
    title: label === undefined ? 'API' : `API (${label})`,
    needs: ['servers', 'api-manager-users'],
    declares: () => 'absent',
    read: find,
    plan: (found, environment) =>
      Promise.all(
        found.map(async (api) => ({
          ...takeover(ownerOf(api), environment.owner),
          ...(await planApiRemoval(api, environment)),
        })),
      ),
    async apply(found, environment, task) {
      for (const api of found) {
        refuseForeign(`API ${api.name} ${api.version}`, api, environment);
        await removeApi(api, environment, task);
      }
    },
  };
}
