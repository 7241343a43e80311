import { type ApiResource, dataHolderScopes as identifier } from '@cdr-stack/wso2';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { endOf, isForeign, ledgerName, resource, scopesOf } from './data-holder-scopes.ts';
import { generationIn } from './identity-server-users.ts';
import { ownApis } from './removal/own-apis.ts';

interface Seen {
  found: ApiResource | null;
  scopes: readonly string[];
}

/**
 * Scopes that provisioning added and that no API declares any longer. They go after their API, whose removal may be refused; and as long
 * as an API of ours is there that is not declared, because it was left out, scopes stay with it. So do those of other tools.
 *
 * @param after the steps that bring about APIs, or remove them.
 */
export const outdatedScopes = (after: readonly string[]): Step<Environment, Seen> => ({
  name: 'outdated-scopes',
  title: 'Scopes that no API declares',
  needs: ['data-holder-scopes', ...after],

  async read(environment) {
    const { identityServer, ledger } = environment;
    const { scopesPerClient } = await generationIn(environment);
    const found = scopesPerClient ? await identityServer.apiResources.find(identifier) : null;
    if (!found || isForeign(found, environment)) return { found, scopes: [] };
    const declared = scopesOf(environment);
    const others = found.scopes.filter((scope) => !declared.includes(scope));
    const ours = await Promise.all(others.map((scope) => ledger.wasApplied(ledgerName(scope), 'declared')));
    const scopes = others.filter((_, index) => ours[index]);
    return { found, scopes: scopes.length > 0 && (await leavesAnApiOut(environment)) ? [] : scopes };
  },

  plan: ({ scopes }) =>
    scopes.length === 0
      ? []
      : [
          {
            action: 'update',
            resource,
            fields: scopes.map((before) => ({ path: 'scopes', before })),
            remark: endOf(scopes),
          },
        ],

  async apply({ found, scopes }, { identityServer, ledger }) {
    for (const scope of scopes) {
      if (found) await identityServer.apiResources.removeScope(found.id, scope);
      await ledger.remember(ledgerName(scope), 'removed');
    }
  },
});

async function leavesAnApiOut(environment: Environment): Promise<boolean> {
  const { apis } = environment.settings;
  const isNamed = (name: string, version: string) => apis.some((one) => one.name === name && one.version === version);
  return apis.length > 0 && (await ownApis(environment)).some(({ name, version }) => !isNamed(name, version));
}
