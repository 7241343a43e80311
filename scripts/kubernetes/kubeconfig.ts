import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { InvocationError } from '../engine/errors.ts';
import { nearestName } from '../nearest-name.ts';
import { runsInPod } from './pod.ts';

/** A cluster, and who we are there. */
export interface ClusterChoice {
  /**
   * A context of the kubeconfig, by name: the current one may be production and is never used implicitly. Undefined: the pod that this
   * runs in.
   */
  context: string | undefined;
  /** A file, or the text of one. Default: as kubectl finds it, by KUBECONFIG or in the home directory. */
  kubeconfig?: string | undefined;
}

/** @throws {InvocationError} when there is no such kubeconfig, or no such context in it. */
export function openKubeconfig({ context, kubeconfig }: ClusterChoice): KubeConfig {
  const config = new KubeConfig();
  if (context === undefined) {
    if (!runsInPod()) throw new InvocationError('No context is named: give --context.');
    config.loadFromCluster();
    return config;
  }
  load(config, kubeconfig);
  const contexts = config.getContexts().map(({ name }) => name);
  if (!contexts.includes(context)) {
    const guess = nearestName(context, contexts);
    const hint = guess ? ` Did you mean ${guess}?` : '';
    throw new InvocationError(
      `The kubeconfig has no context ${context}.${hint} It has: ${contexts.join(', ') || 'none'}.`,
    );
  }
  config.setCurrentContext(context);
  if (!config.getCurrentCluster())
    throw new InvocationError(`Context ${context} names a cluster that the kubeconfig does not have.`);
  return config;
}

function load(config: KubeConfig, kubeconfig: string | undefined) {
  try {
    if (kubeconfig?.includes('\n')) config.loadFromString(kubeconfig);
    else if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    // Without either, the library would make up a cluster at localhost:8080.
    else if (process.env.KUBECONFIG || existsSync(join(homedir(), '.kube', 'config'))) config.loadFromDefault();
    else throw new Error('it does not exist: set KUBECONFIG');
  } catch (error) {
    throw new InvocationError(`The kubeconfig cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}
