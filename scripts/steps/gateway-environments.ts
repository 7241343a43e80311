import type { DeploymentTarget, PublisherSettings, Revision } from '@cdr-stack/wso2';
import type { DeclaredApi } from '../declared-api.ts';
import { StepError } from '../engine/errors.ts';
import type { ApiEnvironment } from '../environment.ts';

/** The gateways that run a revision. */
export const environmentsOf = ({ deploymentInfo }: Revision) => (deploymentInfo ?? []).map(({ name }) => name);

/** Where to deploy, as API Manager names it. @throws {StepError} telling what is offered in place of what is not. */
export async function targetsFor({ apiManager, declared }: ApiEnvironment): Promise<DeploymentTarget[]> {
  const settings = await apiManager.publisher.settings();
  return declared.gateways.map((gateway) => targetOf(gateway, settings));
}

/** @throws {StepError} telling what is offered in place of what is not. */
export function targetOf(
  { environment, vhost, displayOnDevPortal }: DeclaredApi['gateways'][number],
  { environment: offered }: PublisherSettings,
): DeploymentTarget {
  const found = offered?.find(({ name }) => name === environment);
  const hosts = found?.vhosts?.flatMap(({ host }) => host ?? []) ?? [];
  if (!found) {
    throw new StepError(
      `API Manager has no gateway environment ${environment}; it has: ${offered?.map(({ name }) => name).join(', ') || 'none'}.`,
    );
  }
  if (hosts.length === 0) {
    throw new StepError(
      `Gateway ${environment} has no virtual host to deploy to: https_endpoint of its [[apim.gateway.environment]] in API Manager's ` +
        'deployment.toml names it.',
    );
  }
  const host = vhost ?? hosts[0];
  if (host === undefined || !hosts.includes(host)) {
    throw new StepError(`Gateway ${environment} has no virtual host ${host ?? ''}; it has: ${hosts.join(', ')}.`);
  }
  return { name: environment, vhost: host, displayOnDevportal: displayOnDevPortal };
}
