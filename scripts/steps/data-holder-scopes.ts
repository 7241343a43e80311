import { type ApiResource, connectorScopes, dataHolderScopes as identifier } from '@cdr-stack/wso2';
import type { OpenApi } from '../declared-api.ts';
import { type Change, changeOf } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { ownerOfUser, refuseOwnedBy, takeover, userMark } from '../ownership.ts';
import { generationIn } from './identity-server-users.ts';
import { operationsIn } from './operations.ts';

interface Seen {
  /** Whether this generation has such resources. */
  has: boolean;
  found: ApiResource | null;
  /** The connector's resource, if declared scopes are in it: a scope's name exists once per tenant. */
  taken: ApiResource | null;
}

export const resource = `API resource ${identifier} of Identity Server`;

/**
 * The scopes that clients can be authorized for, in one API resource of Identity Server: those of the declared APIs. It comes before the
 * APIs: the names are taken then, so that API Manager's connector, which logs that, keeps none of them in its own resource. Scopes are
 * added one by one: replacing the list would take all of them from every client. They are removed by `outdatedScopes`.
 */
export const dataHolderScopes: Step<Environment, Seen> = {
  name: 'data-holder-scopes',
  title: 'Scopes at Identity Server',
  needs: ['preflight'],

  declares: (environment) => scopesOf(environment),

  async read(environment) {
    const { scopesPerClient: has } = await generationIn(environment);
    const { apiResources } = environment.identityServer;
    const [found, ofConnector] = has
      ? await Promise.all([apiResources.find(identifier), apiResources.find(connectorScopes)])
      : [null, null];
    const declared = scopesOf(environment);
    const taken = ofConnector?.scopes.some((scope) => declared.includes(scope)) ? ofConnector : null;
    return { has, found, taken };
  },

  plan({ has, ...seen }, environment): Change[] {
    const { found } = seen;
    if (!has) return [];
    const opening = scopesOf(environment).find((scope) => ofManagement.test(scope));
    if (opening !== undefined)
      throw new StepError(`An API declares the scope ${opening}, which opens a management API: name it otherwise.`);
    const wanted = { owner: environment.owner, requiresAuthorization: false, scopes: scopesOf(environment).toSorted() };
    const owner = ownerOfUser(found?.description);
    const scopes = (found?.scopes ?? []).filter((scope) => wanted.scopes.includes(scope)).toSorted();
    const actual = found ? { owner, requiresAuthorization: found.requiresAuthorization ?? true, scopes } : undefined;
    return changeOf(resource, actual, wanted).map((change) => ({
      ...change,
      ...remarkOf(seen, environment),
    }));
  },

  async apply({ found, taken }, environment) {
    const { identityServer, owner, ledger } = environment;
    const { apiResources } = identityServer;
    const declared = scopesOf(environment);
    const description = userMark(owner);
    if (found && isForeign(found, environment)) refuseOwnedBy(ownerOfUser(found.description), resource, environment);
    for (const scope of taken?.scopes ?? [])
      if (declared.includes(scope)) await apiResources.removeScope(taken?.id ?? '', scope);
    const create = (scopes: readonly string[]) =>
      apiResources.create({ identifier, name: 'CDR data holder', description, requiresAuthorization: false, scopes });
    if (!found) await create(declared);
    else if (found.requiresAuthorization !== false) {
      // It is fixed at creation.
      await apiResources.remove(found.id);
      await create([...new Set([...found.scopes, ...declared])]);
    } else {
      await apiResources.change(found.id, {
        ...(found.description === description ? {} : { description }),
        addedScopes: declared.filter((scope) => !found.scopes.includes(scope)),
      });
    }
    for (const scope of declared) await ledger.remember(ledgerName(scope), 'declared');
  },
};

/** The products' own. */
const ofManagement = /^(internal_|console:|apim:|system$)/i;

export const ledgerName = (scope: string) => `scope ${scope} of Identity Server`;

/** The scopes of all declared APIs, each once. */
export const scopesOf = ({ apis }: Pick<Environment, 'apis'>): string[] => [
  ...new Set(apis.flatMap(({ declared }) => scopesIn(declared.definition))),
];

/** The scopes that an API's operations, or the API as a whole, want of a token. */
function scopesIn(definition: OpenApi): string[] {
  const operations = operationsIn(definition).map(({ verb, target }) => definition.paths[target]?.[verb.toLowerCase()]);
  return [definition, ...operations].flatMap((one) => {
    const { security } = Object(one) as { security?: Record<string, unknown>[] };
    return (security ?? []).flatMap((requirement) => Object.values(requirement)).flat();
  }) as string[];
}

function remarkOf({ found, taken }: Omit<Seen, 'has'>, environment: Environment): Pick<Change, 'remark'> {
  const left = taken?.scopes.filter((scope) => scopesOf(environment).includes(scope)) ?? [];
  const remarks = [
    ...(left.length > 0
      ? [`${left.join(' and ')} leave ${connectorScopes}, the resource of API Manager: ${endOf(left)}`]
      : []),
    ...(found && found.requiresAuthorization !== false
      ? ['it is created anew, which takes its scopes from every client that is authorized for them']
      : []),
    ...(found && isForeign(found, environment)
      ? [takeover(ownerOfUser(found.description), environment.owner).remark]
      : []),
  ];
  return remarks.length > 0 ? { remark: remarks.join('; ') } : {};
}

/** What it means that scopes are removed. */
export const endOf = (scopes: readonly string[]) =>
  `every token and refresh token that carries ${scopes.join(' or ')} ends`;

export const isForeign = ({ description }: ApiResource, { owner }: Environment): boolean =>
  ownerOfUser(description) !== owner;
