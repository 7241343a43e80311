import { CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { type DeclaredTrust, type TrustedCertificate, trustAnnotation } from '../../programs/declared-trust.ts';
import type { RunningTrust } from '../stack-trust.ts';
import { asked, askedIfThere } from './errors.ts';

const roles = Object.keys(trustAnnotation) as (keyof DeclaredTrust)[];

/** What the pods of a stack were started with, by the annotations that the program gives them. Pods on their way out do not count. */
export async function readRunningTrust(kubeconfig: KubeConfig, namespace: string): Promise<RunningTrust[]> {
  const core = kubeconfig.makeApiClient(CoreV1Api);
  const labelSelector = 'app.kubernetes.io/part-of=cdr-stack';
  const { items } = await asked('list pods', core.listNamespacedPod({ namespace, labelSelector }));
  const pods = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  return pods.flatMap((pod) => roles.flatMap((role) => trustOf(pod, role)));

  function trustOf(pod: V1Pod, role: keyof DeclaredTrust): RunningTrust[] {
    const hash = pod.metadata?.annotations?.[trustAnnotation[role]];
    const part = pod.metadata?.labels?.['app.kubernetes.io/name'];
    return hash === undefined || part === undefined ? [] : [{ part, role, hash, certificates: () => held(pod, role) }];
  }

  /** From the ConfigMap that its init step built the stores from: immutable, so it is what the pod has. */
  async function held({ spec }: V1Pod, role: keyof DeclaredTrust): Promise<TrustedCertificate[] | undefined> {
    const name = spec?.volumes?.find((volume) => volume.name === `${role}-trust`)?.configMap?.name;
    if (name === undefined) return undefined;
    const configMap = await askedIfThere(`show ConfigMap ${name}`, core.readNamespacedConfigMap({ name, namespace }));
    const files = Object.entries(configMap?.data ?? {});
    return configMap && files.map(([file, pem]) => ({ alias: file.replace(/\.pem$/, ''), pem }));
  }
}
