import { type Api, type DeploymentTarget, type Revision, Wso2Error } from '@cdr-stack/wso2';
import { hashOf } from '../declared-api.ts';
import { declaredPart } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step, Task } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { Environment } from '../environment.ts';

interface Seen {
  api: Api | undefined;
  /** `sha256:<12>` of the working copy, over what is declared of it. */
  content: string | undefined;
  revisions: Revision[];
}

const most = 5;

/** The working copy, frozen as a revision and deployed to the gateway; a new one only when its content is new. */
export const revision: Step<Environment, Seen> = {
  name: 'revision',
  title: 'Revision on the gateway',
  needs: ['endpoint'],

  async read(environment) {
    const { api: known, apiManager } = environment;
    const api = await known.find();
    if (!api) return { api, content: undefined, revisions: [] };
    const [content, revisions] = await Promise.all([
      contentOf(api, environment),
      apiManager.publisher.listRevisions(api.id),
    ]);
    return { api, content, revisions };
  },

  plan({ content, revisions }, { settings, declared }, task) {
    const { environment } = settings.gateway;
    const target = `of API ${declared.name} ${declared.version} on gateway ${environment}`;
    const deployed = revisions.find((one) => isDeployed(one, environment));
    if (task.mode === 'plan' && (content === undefined || changedBefore(task))) {
      return [
        {
          action: deployed ? 'update' : 'create',
          resource: `revision ${target}`,
          fields: [{ path: 'content', after: 'as changed above' }],
        },
      ];
    }
    if (content !== undefined && deployed && holds(deployed, content)) return [];
    const before = deployed ? { before: deployed.description ?? deployed.displayName } : {};
    return [
      {
        action: deployed ? 'update' : 'create',
        resource: `revision ${target}`,
        fields: [{ path: 'content', ...before, after: content }],
      },
    ];
  },

  async apply({ revisions }, environment, task) {
    const { api: known, apiManager, settings } = environment;
    const { publisher } = apiManager;
    const api = await known.require();
    refuseIncomplete(api);
    const content = await contentOf(api, environment);
    const target = await targetOf(environment);
    let wanted = revisions.find((one) => holds(one, content));
    if (!wanted) {
      await makeRoom(revisions, api.id, environment, task);
      task.checkpoint();
      wanted = await publisher.createRevision(api.id, `${content} by cdr-stack`);
    }
    task.checkpoint();
    if (!isDeployed(wanted, settings.gateway.environment)) await publisher.deployRevision(api.id, wanted.id, [target]);
  },

  async verify({ apiManager, api: known, declared, settings, settleSeconds }, task) {
    const { name, version } = declared;
    const { environment } = settings.gateway;
    const { id } = await known.require();
    await waitFor(
      task,
      { for: `gateway ${environment} to run API ${name} ${version}`, seconds: settleSeconds },
      async () => {
        if (task.changed(revision.name)) {
          const acknowledged = acknowledgement(
            await apiManager.publisher.listRevisions(id, { deployed: true }),
            environment,
          );
          if (acknowledged !== true) return acknowledged;
        }
        const artifact = await apiManager.gateway.artifact(name, version);
        return (
          artifact !== null ||
          notYet(`the gateway has not got API ${name} ${version}; undeploy the revision in the Publisher and run again`)
        );
      },
    );
  },
};

const changedBefore = (task: Task) => ['api', 'policy', 'endpoint'].some((step) => task.changed(step));

const holds = ({ description }: Revision, content: string) => description?.includes(content) ?? false;

const isDeployed = ({ deploymentInfo }: Revision, environment: string) =>
  deploymentInfo?.some(({ name }) => name === environment) ?? false;

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

/** What the working copy says of everything that is declared: definition, policies by version, endpoint, plans, key managers. */
async function contentOf(api: Api, { api: known, declared }: Environment): Promise<string> {
  const policies = (api.operations ?? []).map(({ verb, target, operationPolicies }) => {
    const attached = (operationPolicies?.request ?? []).map(
      ({ policyName, policyVersion }) => `${policyName} ${policyVersion}`,
    );
    return `${verb} ${target}: ${attached.join(', ')}`;
  });
  const definition = declaredPart(await known.definition(), declared.definition);
  return hashOf(
    sorted(definition),
    sorted(declaredPart(api, declared.runtime)),
    policies.sort().join('\n'),
    declared.policy.contentHash,
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

/** What a gateway would run into later is said now. */
function refuseIncomplete({ name, version, endpointConfig, operations }: Api) {
  if (!endpointConfig?.production_endpoints) {
    throw new StepError(
      `API ${name} ${version} has no endpoint, so there is nothing to deploy: the step endpoint sets it.`,
    );
  }
  if (!operations?.length) throw new StepError(`API ${name} ${version} has no operations: the step api imports them.`);
}

async function targetOf({ apiManager, settings }: Environment): Promise<DeploymentTarget> {
  const { environment, vhost, displayOnDevPortal } = settings.gateway;
  const offered = (await apiManager.publisher.settings()).environment ?? [];
  const found = offered.find(({ name }) => name === environment);
  const hosts = found?.vhosts?.map(({ host }) => host) ?? [];
  if (!found) {
    throw new StepError(
      `API Manager has no gateway environment ${environment}; it has: ${offered.map(({ name }) => name).join(', ')}.`,
    );
  }
  const host = vhost ?? hosts[0];
  if (host === undefined || !hosts.includes(host)) {
    throw new StepError(`Gateway ${environment} has no virtual host ${host ?? ''}; it has: ${hosts.join(', ')}.`);
  }
  return { name: environment, vhost: host, displayOnDevportal: displayOnDevPortal };
}

/** An API holds five revisions: when they are all there, the oldest that no gateway runs goes; else the oldest, undeployed first. */
async function makeRoom(revisions: Revision[], apiId: string, { apiManager: { publisher } }: Environment, task: Task) {
  if (revisions.length < most) return;
  const oldestFirst = revisions.toSorted((a, b) => ageOf(a) - ageOf(b));
  const victim = oldestFirst.find(({ deploymentInfo }) => !deploymentInfo?.length) ?? oldestFirst[0];
  if (!victim) return;
  task.checkpoint();
  const targets = (victim.deploymentInfo ?? []).map(({ name, vhost }) => ({ name, vhost: vhost ?? '' }));
  if (targets.length > 0) await publisher.undeployRevision(apiId, victim.id, targets);
  await publisher.deleteRevision(apiId, victim.id).catch((error: unknown) => {
    if (error instanceof Wso2Error && error.code === 'not-found') return;
    throw error;
  });
}

/** Revisions are numbered as they are made: "Revision 7". */
const ageOf = ({ displayName }: Revision) => Number(displayName?.match(/\d+$/)?.[0] ?? 0);
