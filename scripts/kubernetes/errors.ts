import { ApiException } from '@kubernetes/client-node';
import { z } from 'zod';
import { KubernetesError, type KubernetesErrorCode } from './kubernetes-error.ts';

/**
 * Waits for an answer of the Kubernetes API.
 *
 * @param what as in "The Kubernetes API did not ...".
 * @throws {KubernetesError} for whatever the client throws, which for its own errors is headers and all.
 */
export async function asked<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw kubernetesError(what, error);
  }
}

/** The answer, or undefined when there is no such thing. */
export async function askedIfThere<T>(what: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await asked(what, answer);
  } catch (error) {
    if (error instanceof KubernetesError && error.code === 'absent') return undefined;
    throw error;
  }
}

export function isConflict(error: unknown): boolean {
  return error instanceof KubernetesError && error.code === 'conflict';
}

const codes: Record<number, KubernetesErrorCode> = { 401: 'refused', 403: 'refused', 404: 'absent', 409: 'conflict' };

export function kubernetesError(what: string, error: unknown): KubernetesError {
  if (error instanceof KubernetesError) return error;
  const failed = `The Kubernetes API did not ${what}`;
  if (error instanceof ApiException) {
    return new KubernetesError(codes[error.code] ?? 'failed', `${failed} (${error.code}): ${reasonIn(error.body)}.`);
  }
  const reason = deepestReason(error);
  // A refused upgrade to a web socket comes without the answer's body.
  const status = Number(/Unexpected server response: (\d{3})/.exec(reason)?.[1]);
  if (status) return new KubernetesError(codes[status] ?? 'failed', `${failed} (${status}).`);
  return new KubernetesError('unreachable', `${failed}: it cannot be reached (${reason}).`);
}

const apiStatus = z.looseObject({ message: z.string() });

function reasonIn(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  try {
    return apiStatus.parse(JSON.parse(text)).message;
  } catch {
    return text.trim().slice(0, 200) || 'no reason given';
  }
}

const thrown = z.looseObject({
  code: z.string().optional(),
  message: z.string().optional(),
  cause: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** fetch hides the reason in `cause`, a web socket's event in `error`. */
function deepestReason(error: unknown): string {
  const { success, data } = thrown.safeParse(error);
  if (!success) return String(error);
  const inner = data.cause ?? data.error;
  return inner ? deepestReason(inner) : data.code || data.message || 'no reason given';
}
