import { type Api, type Operation, type Policy, Wso2Error } from '@cdr-stack/wso2';
import type { DeclaredApi } from '../declared-api.ts';
import type { DeclaredPolicy } from '../declared-policy.ts';
import type { Change, FieldChange } from '../engine/change.ts';
import type { Step, Task } from '../engine/step.ts';
import type { ApiEnvironment } from '../environment.ts';
import { gateName, takesToken } from '../recipient-gate.ts';
import { onceKeyManagersAreHeard } from './key-managers-heard.ts';
import { operationsIn } from './operations.ts';
import { isOurs, rememberPolicy, withoutForgeries } from './stored-policies.ts';

interface Seen {
  api: Api | undefined;
  policies: Policy[];
  /** Those of the stored policies that hold what is declared. */
  genuine: ReadonlySet<Policy>;
}

/** A declared policy in the version that holds its content: stored already, or the next one that is free. */
interface Wanted {
  policy: DeclaredPolicy;
  version: string;
  stored: Policy | undefined;
}

/** As operations have them. */
type Attachment = NonNullable<NonNullable<Operation['operationPolicies']>['request']>[number];

/**
 * The mediation policies in the request flow of every operation: the recipient gate first, where the API has one and the operation takes a
 * token, then those that are declared, in their order, alone. If none are declared, whatever is attached stays. A policy cannot be changed
 * in place: other content is a new version, attached in place of the old one.
 */
export const policy: Step<ApiEnvironment, Seen> = {
  name: 'policy',
  title: 'Mediation policy',
  needs: ['api'],

  declares: ({ declared: { gate, policies } }) => ({
    gate: gate?.contentHash,
    policies: policies?.map(({ contentHash }) => contentHash),
  }),

  async read(environment) {
    const { api: known, apiManager, declared } = environment;
    const id = await known.id();
    if (id === undefined) return { api: undefined, policies: [], genuine: new Set() };
    const [api, policies] = await Promise.all([known.find(), apiManager.publisher.listPolicies(id)]);
    return { api, policies, genuine: await withoutForgeries(policies, declaredPolicies(declared), environment) };
  },

  plan(seen, { declared }) {
    const { api } = seen;
    const wanted = declaredPolicies(declared).map((one) => wantedVersion(seen, one));
    const changes: Change[] = wanted
      .filter(({ stored }) => !stored)
      .map((one) => ({
        action: 'create',
        resource: `operation policy ${label(one)}`,
        fields: [{ path: 'content', after: one.policy.contentHash }],
      }));
    const labels = new Map(wanted.map((one) => [one.policy, label(one)]));
    const operations: Attached[] = api?.operations ?? operationsIn(declared.definition);
    const fields = operations.flatMap((operation) =>
      attachment(
        operation,
        requestFlow(operation, declared, (one) => labels.get(one) ?? '', labelOfAttached),
      ),
    );
    const ofWhole = declared.policies ? ofWholeApi(api) : [];
    if (ofWhole.length > 0) fields.push({ path: 'policies of the whole API', before: ofWhole });
    if (fields.length > 0) {
      changes.push({ action: 'update', resource: `request flow of API ${declared.name} ${declared.version}`, fields });
    }
    return changes;
  },

  async apply(seen, environment, task) {
    const { policies } = seen;
    const { apiManager, product, api: known, declared } = environment;
    const { publisher } = apiManager;
    const [current, { policySpecification }] = await Promise.all([known.require(), product()]);
    const { id } = current;
    const create = async (one: DeclaredPolicy, files: Parameters<typeof publisher.createPolicy>[1]) => {
      const created = await publisher.createPolicy(id, files);
      await rememberPolicy(created, one, environment);
      return created;
    };
    const made = new Map<DeclaredPolicy, Attachment>();
    for (const one of declaredPolicies(declared)) {
      const { version, stored } = wantedVersion(seen, one);
      task.checkpoint();
      const files = { specification: one.specificationFor(version, policySpecification), definition: one.definition };
      const { id: policyId } = stored ?? (await create(one, files));
      // Without `policyType`, which 4.2 refuses: it is the API's own either way.
      made.set(one, { policyName: one.name, policyVersion: version, policyId, parameters: {} });
    }
    task.checkpoint();
    const goes = declared.policies !== undefined && ofWholeApi(current).length > 0;
    const withoutOfWhole = goes ? { apiPolicies: null } : {};
    const operations = (current.operations ?? []).map((operation) => {
      const request = requestFlow(
        operation,
        declared,
        (one) => made.get(one) ?? [],
        (kept) => kept,
      ).flat();
      return { ...operation, operationPolicies: { response: [], fault: [], ...operation.operationPolicies, request } };
    });
    await onceKeyManagersAreHeard(task, environment, () =>
      publisher.updateApi(id, { ...current, operations, ...withoutOfWhole }),
    );
    const attached = new Set(
      operations.flatMap(({ operationPolicies }) => operationPolicies.request).map(({ policyId }) => policyId),
    );
    const old = policies.filter((one) => isOurs(one) && !attached.has(one.id));
    await removeOldVersions(old, id, publisher, task);
  },
};

const declaredPolicies = ({ gate, policies }: DeclaredApi): DeclaredPolicy[] => [gate ?? [], policies ?? []].flat();

/** What belongs in the request flow of an operation: `ofDeclared` and `ofKept` say what stands for each. */
function requestFlow<T>(
  operation: Attached,
  { gate, policies }: DeclaredApi,
  ofDeclared: (policy: DeclaredPolicy) => T,
  ofKept: (attached: Attachment) => T,
): T[] {
  const others =
    policies?.map(ofDeclared) ??
    (operation.operationPolicies?.request ?? []).filter(({ policyName }) => policyName !== gateName).map(ofKept);
  return gate && takesToken(operation) ? [ofDeclared(gate), ...others] : others;
}

/** Policies that run for every operation beside those attached to it, by flow; 4.2 has none. */
export const ofWholeApi = (api: Api | undefined): string[] =>
  (['request', 'response', 'fault'] as const).flatMap((flow) =>
    (api?.apiPolicies?.[flow] ?? []).map((one) => `${flow}: ${labelOfAttached(one)}`),
  );

const labelOfAttached = ({ policyName, policyVersion }: Attachment) => `${policyName} ${policyVersion ?? ''}`;

const label = ({ policy: { name }, version }: Wanted) => `${name} ${version}`;

function wantedVersion({ policies, genuine }: Seen, declared: DeclaredPolicy): Wanted {
  const own = policies.filter(({ name }) => name === declared.name);
  const stored = own.find((one) => genuine.has(one) && String(one.description).includes(declared.contentHash));
  if (stored) return { policy: declared, version: stored.version ?? declared.version, stored };
  const taken = new Set(own.map(({ version }) => version ?? declared.version));
  let version = declared.version;
  while (taken.has(version)) version = `v${Number(version.slice(1)) + 1}`;
  return { policy: declared, version, stored: undefined };
}

type Attached = Pick<Operation, 'verb' | 'target' | 'authType' | 'operationPolicies'>;

function attachment({ verb, target, operationPolicies }: Attached, wanted: string[]): FieldChange[] {
  const attached = (operationPolicies?.request ?? []).map(labelOfAttached);
  if (attached.length === wanted.length && attached.every((one, index) => one === wanted[index])) return [];
  const path = `${verb} ${target}`;
  return [{ path, ...(attached.length > 0 && { before: attached }), ...(wanted.length > 0 && { after: wanted }) }];
}

/** Best effort: a version that a deployed revision still runs is refused (500), does no harm, and is tried again at the next change. */
async function removeOldVersions(
  old: Policy[],
  apiId: string,
  publisher: ApiEnvironment['apiManager']['publisher'],
  task: Task,
) {
  for (const { id } of old) {
    task.checkpoint();
    try {
      await publisher.deletePolicy(apiId, id);
    } catch (error) {
      if (!(error instanceof Wso2Error) || error.status !== 500) throw error;
    }
  }
}
