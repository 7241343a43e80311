/** The cluster that is deployed to. */
export interface TargetCluster {
  context: string;
  /** Undefined where it is found as kubectl finds it: by KUBECONFIG, which may name several files, or in the home directory. */
  kubeconfig: string | undefined;
}
