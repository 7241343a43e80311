/** Whether this runs in a pod that has an account of its own. */
export function runsInPod(): boolean {
  return process.env.KUBERNETES_SERVICE_HOST !== undefined;
}
