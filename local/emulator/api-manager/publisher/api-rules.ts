import { businessPlans } from '../business-plans.ts';
import { badRequest, refusal } from '../errors.ts';
import type { Api, Store } from '../store.ts';
import { contextTemplate } from './api-context.ts';
import { type ApiObject, flows } from './api-object.ts';
import { usablePolicies } from './policies.ts';

/** What an API must not collide with when it is made: names (without case), versions and contexts of others. */
export function requireUniqueApi(apis: readonly Api[], created: ApiObject): void {
  const { name, version } = created;
  const context = contextTemplate(created.context);
  const sameContext = apis.some(({ object }) => contextTemplate(object.context) === context);
  const namesakes = apis.filter(({ object }) => object.name.toLowerCase() === name.toLowerCase());

  if (namesakes.some(({ object }) => object.name !== name)) throw refusal('apiNameExists', name);
  if (namesakes.some(({ object }) => object.version === version)) {
    throw sameContext ? refusal('apiExists') : refusal('apiNameExists', name);
  }
  // Another version has the context of those that are there.
  if (namesakes.length > 0 && !namesakes.some(({ object }) => contextTemplate(object.context) === context)) {
    throw refusal('otherContext');
  }
  if (namesakes.length === 0 && sameContext) throw refusal('apiContextExists', context);
}

/** What holds for an API whenever it is written. */
export function requireConsistentApi(object: ApiObject, store: Store): void {
  if (object.context.endsWith('/')) throw refusal('contextInvalid', object.name);
  for (const plan of object.policies) {
    if (!businessPlans.some(({ name }) => name === plan)) throw refusal('planInvalid', plan);
  }
  requireKeyManagers(object.keyManagers, store);
  requireScopes(object);
}

/** Each must be there and enabled: an API that names the disabled resident key manager can no longer be updated. */
function requireKeyManagers(names: readonly string[], store: Store): void {
  const enabled = store.keyManagers.list().filter((keyManager) => keyManager.enabled);
  const missing = names.filter((name) => name !== 'all' && !enabled.some((keyManager) => keyManager.name === name));
  if (missing.length > 0) throw refusal('keyManagersUnknown', missing.join(' , '));
}

function requireScopes({ operations, scopes }: ApiObject): void {
  const declared = scopes.map(({ scope }) => scope.name);
  for (const { scopes: used, verb, target } of operations) {
    const unknown = used.find((name) => !declared.includes(name));
    if (unknown !== undefined) throw badRequest(`The scope ${unknown} of ${verb} ${target} is not a scope of the API.`);
  }
}

/** A scope that is local to an API cannot be another API's as well; versions of one API share theirs. */
export function requireOwnScopes(apis: readonly Api[], { name, scopes }: ApiObject): void {
  const others = apis.filter(({ object }) => object.name !== name);
  for (const { scope, shared } of scopes) {
    const taken = others.some(({ object }) => object.scopes.some((other) => other.scope.name === scope.name));
    if (taken && !shared) throw refusal('scopeAssigned', scope.name);
  }
}

/** Attached policies must be the API's own or common ones, fit the flow and have their required parameters. */
export function requirePolicies(apiId: string, { operations }: ApiObject, store: Store): void {
  const uploaded = usablePolicies(apiId, store);
  for (const { operationPolicies } of operations) {
    for (const flow of flows) {
      for (const { policyName, policyVersion, parameters = {} } of operationPolicies[flow]) {
        const specification = uploaded
          .map((policy) => policy.specification)
          .find(({ name, version }) => name === policyName && version === policyVersion);
        if (specification === undefined) throw refusal('policyNotFound', `${policyName} ${policyVersion}`);
        if (!specification.applicableFlows.includes(flow)) throw refusal('policyNotInFlow', policyName, flow);
        const missing = specification.policyAttributes
          .filter(({ name, required, defaultValue }) => required && (parameters[name] ?? defaultValue ?? '') === '')
          .map(({ name }) => name);
        if (missing.length > 0) throw refusal('policyParametersMissing', missing.join(', '), policyName);
      }
    }
  }
}
