import type { Api } from '@cdr-stack/wso2';
import { hashOf } from '../declared-policy.ts';
import { declaredPart } from '../engine/change.ts';
import type { ApiEnvironment } from '../environment.ts';
import { comparable } from './comparable-definition.ts';
import { asSets } from './endpoint.ts';
import { ofWholeApi } from './policy.ts';

/**
 * A hash of what the working copy says of everything that is declared: definition, policies by version, endpoint, plans, key
 * managers. A revision carries it in its description.
 */
export function contentOf(api: Api, storedDefinition: unknown, { declared }: ApiEnvironment): string {
  const policies = (api.operations ?? []).map(({ verb, target, operationPolicies }) => {
    const attached = (operationPolicies?.request ?? []).map(
      ({ policyName, policyVersion }) => `${policyName} ${policyVersion}`,
    );
    return `${verb} ${target}: ${attached.join(', ')}`;
  });
  const definition = declaredPart(comparable(storedDefinition, declared), comparable(declared.definition, declared));
  return hashOf(
    sorted(definition),
    sorted(asSets(declaredPart(api, declared.runtime) as Record<string, unknown>)),
    [...policies.sort(), ...(declared.policies ? ofWholeApi(api) : [])].join('\n'),
    ...[declared.gate ?? [], declared.policies ?? []].flat().map(({ contentHash }) => contentHash),
  );
}

/** JSON with sorted members: servers keep no order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
