import type { Logger } from 'pino';
import type { Events } from './events.ts';
import { validatePolicy } from './gateway/mediation/policy.ts';
import type { AttachedPolicy, DeployedApi } from './gateway/runtime.ts';
import type { Propagation } from './propagation.ts';
import { servedContext } from './publisher/api-context.ts';
import type { Flow, Operation } from './publisher/api-object.ts';
import type { Quirks } from './quirks.ts';
import type { Deployment, Policy, Revision, Store } from './store.ts';

/** The APIs that the gateway has loaded, and its acknowledgements. */
export interface GatewayDeployments {
  /** Gateways of this environment that the control plane hears of: none where they do not trust the server's own certificate, or are locked out. */
  liveGatewayCount(environment: string): 0 | 1;
  /** Whether the gateway loaded what is deployed when the server started; it never does when it hears of nothing. */
  readonly loadedAtStart: boolean;
  /** The same objects until something is deployed or undeployed. */
  apis(): DeployedApi[];
  /** Makes the gateways that receive the event load this API and environment from the database, after a delay. */
  announce(apiId: string, environment: string): void;
}

interface Needs {
  /** Environments whose deployments the gateway loads: `[apim.sync_runtime_artifacts.gateway] gateway_labels`. */
  labels: readonly string[];
  store: Store;
  events: Events;
  propagation: Propagation;
  quirks: Quirks;
  logger: Logger;
  /** Why the gateway hears nothing from the control plane, when it does not; asked at each message, since passwords change meanwhile. */
  cutOff: () => string | undefined;
}

/** At a start the gateway loads everything that is deployed before it opens its listener. */
export function loadGatewayDeployments(needs: Needs): GatewayDeployments {
  const { labels, store, events, propagation, quirks, logger, cutOff } = needs;
  const loaded = new Map<string, DeployedApi>();
  const hears = () => {
    const why = cutOff();
    if (why !== undefined) logger.error(`Nothing is deployed to the gateway: ${why}`);
    return why === undefined;
  };

  function load(apiId: string, environment: string): void {
    if (!labels.includes(environment)) return;
    const key = deploymentKey(apiId, environment);
    const deployment = store.deployments.get(key);
    const revision = deployment && store.revisions.get(deployment.revisionId);
    if (deployment === undefined || revision === undefined) {
      loaded.delete(key);
      return;
    }
    const problems = revision.policies.flatMap(({ specification, definition }) =>
      validatePolicy(definition).map((problem) => `policy ${specification.name} ${specification.version}: ${problem}`),
    );
    if (problems.length > 0) {
      const { name, version } = revision.object;
      logger.error({ problems }, `The gateway cannot load ${name} ${version}: ${problems.join('; ')}`);
      // What was loaded before stays loaded.
      store.deployments.put(key, { ...deployment, outcome: 'failed' });
      return;
    }
    loaded.set(key, deployedApi(revision));
    // The other gateway may have said so already; said again, it could undo what has come since.
    if (deployment.outcome === 'deployed') return;
    const loadedAt = deployment.successDeployedTime ?? new Date().toISOString();
    store.deployments.put(key, { ...deployment, outcome: 'deployed', successDeployedTime: loadedAt });
  }

  const loadedAtStart = hears();
  if (loadedAtStart) for (const { apiId, environment } of store.deployments.list()) load(apiId, environment);
  events.on('deployment', ({ apiId, environment }) => {
    propagation.after(quirks.deploymentDelayMs, () => {
      if (hears()) load(apiId, environment);
    });
  });
  return {
    loadedAtStart,
    liveGatewayCount: (environment) => (labels.includes(environment) && cutOff() === undefined ? 1 : 0),
    apis: () => [...loaded.values()],
    announce: (apiId, environment) => events.publish({ kind: 'deployment', apiId, environment }),
  };
}

export const deploymentKey = (apiId: string, environment: string) => `${apiId} ${environment}`;

/** A deployment as the REST API shows it, with the counts by which the gateway acknowledges it. */
export function shownDeployment(deployment: Deployment, deployments: GatewayDeployments) {
  const { revisionId, environment, vhost, displayOnDevportal, deployedTime, outcome, successDeployedTime } = deployment;
  return {
    revisionUuid: revisionId,
    name: environment,
    status: 'APPROVED',
    vhost,
    displayOnDevportal,
    deployedTime,
    ...(successDeployedTime === undefined ? {} : { successDeployedTime }),
    liveGatewayCount: deployments.liveGatewayCount(environment),
    deployedGatewayCount: outcome === 'deployed' ? 1 : 0,
    failedGatewayCount: outcome === 'failed' ? 1 : 0,
  };
}

function deployedApi({ id: revisionId, apiId, object, policies }: Revision): DeployedApi {
  const endpoints = object.endpointConfig?.production_endpoints as { url?: string } | undefined;
  return {
    id: apiId,
    revisionId,
    name: object.name,
    version: object.version,
    context: servedContext(object.context, object.version),
    operations: object.operations.map((operation) => ({
      target: operation.target,
      verb: operation.verb,
      authType: operation.authType,
      scopes: operation.scopes,
      request: attached(operation, 'request', policies),
      response: attached(operation, 'response', policies),
      fault: attached(operation, 'fault', policies),
    })),
    endpointUrl: endpoints?.url,
    keyManagers: object.keyManagers,
    subscriptionRequired: object.policies.some((plan) => plan !== 'DefaultSubscriptionless'),
    transport: object.transport,
  };
}

function attached({ operationPolicies }: Operation, flow: Flow, policies: readonly Policy[]): AttachedPolicy[] {
  return operationPolicies[flow].flatMap(({ policyName, policyVersion, parameters }) => {
    const policy = policies.find(
      ({ specification }) => specification.name === policyName && specification.version === policyVersion,
    );
    if (policy === undefined) return [];
    const defaults = policy.specification.policyAttributes.flatMap(({ name, defaultValue }) =>
      defaultValue === undefined ? [] : [[name, defaultValue] as const],
    );
    return [
      {
        name: policyName,
        version: policyVersion,
        definition: policy.definition,
        parameters: { ...Object.fromEntries(defaults), ...parameters },
      },
    ];
  });
}
