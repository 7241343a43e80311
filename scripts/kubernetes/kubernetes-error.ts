/** `refused`: the account may not do that. `absent` and `conflict` are for callers that expect them. */
export type KubernetesErrorCode = 'unreachable' | 'refused' | 'absent' | 'conflict' | 'failed';

/** The Kubernetes API did not do what it was asked for. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly code: KubernetesErrorCode;

  constructor(code: KubernetesErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
