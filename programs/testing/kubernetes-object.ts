import type { DeploymentArgs } from '@pulumi/kubernetes/apps/v1/index.js';
import type { JobArgs } from '@pulumi/kubernetes/batch/v1/index.js';
import type {
  ConfigMapArgs,
  NamespaceArgs,
  PersistentVolumeClaimArgs,
  SecretArgs,
  ServiceAccountArgs,
  ServiceArgs,
} from '@pulumi/kubernetes/core/v1/index.js';
import type { IngressArgs, NetworkPolicyArgs } from '@pulumi/kubernetes/networking/v1/index.js';
import type { PodDisruptionBudgetArgs } from '@pulumi/kubernetes/policy/v1/index.js';
import type { RoleArgs, RoleBindingArgs } from '@pulumi/kubernetes/rbac/v1/index.js';
import type { Unwrap } from '@pulumi/pulumi';

/** As given to the provider, every member taken to be there: the test fails where one is not. */
type Plain<Value> = Value extends readonly (infer Item)[]
  ? Plain<Item>[]
  : Value extends object
    ? { [Key in keyof Value]-?: Plain<NonNullable<Value[Key]>> }
    : Value;

/** The objects that the programs make, by kind. */
export interface KubernetesObject {
  ConfigMap: Plain<Unwrap<ConfigMapArgs>>;
  Deployment: Plain<Unwrap<DeploymentArgs>>;
  Ingress: Plain<Unwrap<IngressArgs>>;
  Job: Plain<Unwrap<JobArgs>>;
  Namespace: Plain<Unwrap<NamespaceArgs>>;
  NetworkPolicy: Plain<Unwrap<NetworkPolicyArgs>>;
  PersistentVolumeClaim: Plain<Unwrap<PersistentVolumeClaimArgs>>;
  PodDisruptionBudget: Plain<Unwrap<PodDisruptionBudgetArgs>>;
  Role: Plain<Unwrap<RoleArgs>>;
  RoleBinding: Plain<Unwrap<RoleBindingArgs>>;
  Secret: Plain<Unwrap<SecretArgs>>;
  Service: Plain<Unwrap<ServiceArgs>>;
  ServiceAccount: Plain<Unwrap<ServiceAccountArgs>>;
}

export type Kind = keyof KubernetesObject;
export type PodTemplate = KubernetesObject['Deployment']['spec']['template'];
export type Container = PodTemplate['spec']['containers'][number];

/** A pod's containers, those of its init steps first. */
export function containersOf({ spec }: PodTemplate): Container[] {
  return [...((spec.initContainers as Container[] | undefined) ?? []), ...spec.containers];
}

/** A container's variables that are given in clear. */
export function variablesOf({ env }: Container): Record<string, string> {
  return Object.fromEntries(((env as Container['env'] | undefined) ?? []).map(({ name, value }) => [name, value]));
}
