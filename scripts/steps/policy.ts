import { type Api, type Operation, type Policy, Wso2Error } from '@cdr-stack/wso2';
import type { Change, FieldChange } from '../engine/change.ts';
import type { Step, Task } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { operationsIn } from './operations.ts';

interface Seen {
  api: Api | undefined;
  policies: Policy[];
}

/**
 * The mediation policy, attached to the request flow of every operation, alone. A policy cannot be changed in place: other
 * content is a new version, attached in place of the old one.
 */
export const policy: Step<Environment, Seen> = {
  name: 'policy',
  title: 'Mediation policy',
  needs: ['api'],

  async read({ api: known, apiManager }) {
    const api = await known.find();
    return { api, policies: api ? await apiManager.publisher.listPolicies(api.id) : [] };
  },

  plan({ api, policies }, { declared }) {
    const { name, contentHash } = declared.policy;
    const wanted = wantedVersion(policies, declared.policy);
    const label = `${name} ${wanted.version}`;
    const changes: Change[] = [];
    if (!wanted.stored) {
      changes.push({
        action: 'create',
        resource: `operation policy ${label}`,
        fields: [{ path: 'content', after: contentHash }],
      });
    }
    const operations = api?.operations ?? operationsIn(declared.definition);
    const fields = operations.flatMap((operation) => attachment(operation, label));
    if (fields.length > 0) {
      changes.push({ action: 'update', resource: `request flow of API ${declared.name} ${declared.version}`, fields });
    }
    return changes;
  },

  async apply({ policies }, { apiManager: { publisher }, api: known, declared }, task) {
    const { id } = await known.require();
    const { name, definition, specificationFor } = declared.policy;
    const { version, stored } = wantedVersion(policies, declared.policy);
    const { id: policyId } =
      stored ?? (await publisher.createPolicy(id, { specification: specificationFor(version), definition }));
    task.checkpoint();
    known.forget();
    const current = await known.require();
    const request = [{ policyName: name, policyVersion: version, policyId, policyType: 'api', parameters: {} }];
    await publisher.updateApi(id, {
      ...current,
      operations: (current.operations ?? []).map((operation) => ({
        ...operation,
        operationPolicies: { response: [], fault: [], ...operation.operationPolicies, request },
      })),
    });
    await removeOldVersions(
      policies.filter((old) => old.name === name && old.id !== policyId),
      id,
      publisher,
      task,
    );
  },
};

/** The stored policy with the declared content, or the next version that is free. */
function wantedVersion(
  policies: Policy[],
  declared: Environment['declared']['policy'],
): { version: string; stored?: Policy } {
  const own = policies.filter(({ name }) => name === declared.name);
  const stored = own.find((one) => String(one.description ?? '').includes(declared.contentHash));
  if (stored) return { version: stored.version ?? declared.version, stored };
  const taken = new Set(own.map(({ version }) => version ?? declared.version));
  let version = declared.version;
  while (taken.has(version)) version = `v${Number(version.slice(1)) + 1}`;
  return { version };
}

type Attached = Pick<Operation, 'verb' | 'target' | 'operationPolicies'>;

function attachment({ verb, target, operationPolicies }: Attached, wanted: string): FieldChange[] {
  const attached = (operationPolicies?.request ?? []).map(
    ({ policyName, policyVersion }) => `${policyName} ${policyVersion ?? ''}`,
  );
  if (attached.length === 1 && attached[0] === wanted) return [];
  return [{ path: `${verb} ${target}`, ...(attached.length > 0 ? { before: attached } : {}), after: [wanted] }];
}

/** Best effort: a version that a deployed revision still runs is refused, does no harm, and is tried again at the next change. */
async function removeOldVersions(
  old: Policy[],
  apiId: string,
  publisher: Environment['apiManager']['publisher'],
  task: Task,
) {
  for (const { id } of old) {
    task.checkpoint();
    try {
      await publisher.deletePolicy(apiId, id);
    } catch (error) {
      if (!(error instanceof Wso2Error) || error.wso2Code !== 903009) throw error;
    }
  }
}
