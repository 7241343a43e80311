import type { Api, Revision } from '@cdr-stack/wso2';
import type { Change } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step, Task } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { ApiEnvironment } from '../environment.ts';
import { contentOf } from './api-content.ts';
import {
  holdsUndeclared,
  type JudgedRevision,
  judgeRevision,
  rememberContent,
  undeclaredChanges,
} from './deployed-revision.ts';
import { environmentsOf, targetsFor } from './gateway-environments.ts';
import { makeRoom } from './revision-limit.ts';

interface Seen {
  api: Api | undefined;
  /** `sha256:<12>` of the working copy, over what is declared of it. */
  content: string | undefined;
  revisions: JudgedRevision[];
}

/**
 * The working copy, frozen as a revision and deployed to the gateways; a new one only when what is declared of it is new. A revision that a
 * person deployed stays as long as it holds what is declared.
 */
export const revision: Step<ApiEnvironment, Seen> = {
  name: 'revision',
  title: 'Revision on the gateway',
  needs: ['endpoint'],

  declares: ({ declared: { definition, runtime, gate, policies, gateways } }) => ({
    definition,
    runtime,
    gateways,
    gate: gate?.contentHash,
    policies: policies?.map(({ contentHash }) => contentHash),
  }),

  async read(environment) {
    const { api: known, apiManager } = environment;
    const id = await known.id();
    if (id === undefined) return { api: undefined, content: undefined, revisions: [] };
    const [api, revisions, definition] = await Promise.all([
      known.find(),
      apiManager.publisher.listRevisions(id),
      known.definition(),
    ]);
    if (!api) return { api, content: undefined, revisions };
    const content = contentOf(api, definition, environment);
    const judged = revisions.map((one) =>
      environmentsOf(one).length > 0 || claims(one, content) ? judgeRevision(one, content, environment) : one,
    );
    return { api, content, revisions: await Promise.all(judged) };
  },

  async plan({ api, content, revisions }, environment, task) {
    const { declared } = environment;
    const wanted = declared.gateways.map((gateway) => gateway.environment);
    const resource = (gateway: string) => `revision of API ${declared.name} ${declared.version} on gateway ${gateway}`;
    const isForeseen = task.mode === 'plan' && (content === undefined || changedBefore(task));
    const changeOn = async (gateway: string): Promise<Change[]> => {
      const deployed = revisions.find((one) => environmentsOf(one).includes(gateway));
      if (!isForeseen && content !== undefined && deployed?.content === content) return [];
      const after = isForeseen ? 'as changed above' : content;
      if (!deployed) return [{ action: 'create', resource: resource(gateway), fields: [{ path: 'content', after }] }];
      const before = deployed.description ?? deployed.displayName;
      const others = api ? await undeclaredChanges(deployed, api, environment) : [];
      return [
        { action: 'update', resource: resource(gateway), fields: [{ path: 'content', before, after }, ...others] },
      ];
    };
    const changes = (await Promise.all(wanted.map(changeOn))).flat();
    const surplus = revisions.flatMap(environmentsOf).filter((gateway) => !wanted.includes(gateway));
    return [
      ...changes,
      ...surplus.map((gateway) => ({ action: 'remove' as const, resource: resource(gateway), fields: [] })),
    ];
  },

  async apply({ revisions }, environment, task) {
    const { api: known, apiManager, declared } = environment;
    const { publisher } = apiManager;
    const api = await known.require();
    if (declared.gateways.length > 0) {
      refuseIncomplete(api);
      const content = contentOf(api, await known.definition(), environment);
      const targets = await targetsFor(environment);
      // An older one with the same declared content would take back what people have changed since.
      const same = await Promise.all(
        revisions.map(async (one) => one.content === content && (await holdsUndeclared(one, api, environment))),
      );
      let wanted: Revision | undefined = revisions.find((_, index) => same[index]);
      if (!wanted) {
        await makeRoom(revisions, api.id, publisher, task);
        task.checkpoint();
        wanted = await publisher.createRevision(api.id, `${content} by cdr-stack`);
        await rememberContent(wanted, content, environment);
      }
      const deployed = environmentsOf(wanted);
      const missing = targets.filter(({ name }) => !deployed.includes(name));
      task.checkpoint();
      if (missing.length > 0) await publisher.deployRevision(api.id, wanted.id, missing);
    }
    const declaredNames = declared.gateways.map((gateway) => gateway.environment);
    for (const { id, deploymentInfo } of revisions) {
      const surplus = (deploymentInfo ?? []).filter(({ name }) => !declaredNames.includes(name));
      if (surplus.length === 0) continue;
      task.checkpoint();
      const targets = surplus.map(({ name, vhost }) => ({ name, vhost: vhost ?? '' }));
      await publisher.undeployRevision(api.id, id, targets);
    }
  },

  foresee: ({ apiManager, declared: { name, version } }) => apiManager.gateway.artifact(name, version),

  async verify({ apiManager, instances, api: known, declared, settleSeconds }, task) {
    const { name, version, gateways } = declared;
    if (gateways.length === 0) return;
    const names = gateways.map(({ environment }) => environment);
    const id = (await known.id()) ?? (await known.require()).id;
    const awaited = { for: `gateway ${names.join(', ')} to run API ${name} ${version}`, seconds: settleSeconds };
    await waitFor(task, awaited, async () => {
      if (task.changed(revision.name)) {
        const deployed = await apiManager.publisher.listRevisions(id);
        for (const one of names) {
          const acknowledged = acknowledgement(deployed, one);
          if (acknowledged !== true) return acknowledged;
        }
      }
      // A gateway that answers that it took it need not be the only one.
      const artifacts = await Promise.all(instances.map((one) => one.apiManager.gateway.artifact(name, version)));
      const without = instances.filter((_, index) => artifacts[index] === null);
      if (without.length === 0) return true;
      const which =
        instances.length === 1 ? 'the gateway' : `the gateway of ${without.map((one) => one.name).join(', ')}`;
      return notYet(
        `${which} does not have API ${name} ${version}; undeploy the revision in the Publisher and run again`,
      );
    });
  },
};

const changedBefore = (task: Task) => ['api', 'policy', 'endpoint'].some((step) => task.changed(step));

/** So its description says, which anybody may have written. */
const claims = ({ description }: Revision, content: string) => description?.includes(content) ?? false;

/** From 4.6 a deployment counts the gateways that took it; older ones say nothing, and the gateway itself is asked. */
function acknowledgement(deployed: Revision[], environment: string) {
  const deployment = deployed
    .flatMap(({ deploymentInfo }) => deploymentInfo ?? [])
    .find(({ name }) => name === environment);
  if (!deployment) return notYet(`no revision is deployed on ${environment}`);
  if ((deployment.failedGatewayCount ?? 0) > 0)
    throw new StepError(`The gateway ${environment} could not take the revision; its log says why.`);
  return (deployment.deployedGatewayCount ?? 1) > 0 || notYet('no gateway has acknowledged the revision');
}

/** What a gateway would run into later is said now. */
function refuseIncomplete({ name, version, endpointConfig, operations }: Api) {
  if (!endpointConfig?.production_endpoints) {
    throw new StepError(
      `API ${name} ${version} has no endpoint, so there is nothing to deploy: the step endpoint sets it.`,
    );
  }
  if (!operations?.length) throw new StepError(`API ${name} ${version} has no operations: the step api imports them.`);
}
