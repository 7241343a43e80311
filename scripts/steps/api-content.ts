import type { Api } from '@cdr-stack/wso2';
import { hashOf } from '../declared-policy.ts';
import { declaredPart } from '../engine/change.ts';
import type { ApiEnvironment } from '../environment.ts';
import { asStored } from './definition-as-stored.ts';

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
  const definition = declaredPart(
    asStored(storedDefinition, declared.name),
    asStored(declared.definition, declared.name),
  );
  return hashOf(
    sorted(definition),
    sorted(declaredPart(api, declared.runtime)),
    policies.sort().join('\n'),
    ...(declared.policies ?? []).map(({ contentHash }) => contentHash),
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
