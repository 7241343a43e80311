import { Writable } from 'node:stream';
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node';
import { z } from 'zod';
import { kubernetesError } from './errors.ts';
import { KubernetesError } from './kubernetes-error.ts';

export interface Container {
  namespace: string;
  pod: string;
  container: string;
}

export interface Finished {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command in a container through the Kubernetes API, to its end. The cluster decides who may (`create` on `pods/exec`).
 *
 * @throws {KubernetesError} when the API refuses, or the command cannot be started.
 */
export async function runInContainer(
  kubeconfig: KubeConfig,
  { namespace, pod, container }: Container,
  command: readonly string[],
): Promise<Finished> {
  const what = `run ${command[0]} in pod ${pod}`;
  const [stdout, stderr] = [collector(), collector()];
  const { promise: ended, resolve, reject } = Promise.withResolvers<V1Status>();
  try {
    const socket = await new Exec(kubeconfig).exec(
      namespace,
      pod,
      container,
      [...command],
      stdout.stream,
      stderr.stream,
      null,
      false,
      resolve,
    );
    socket.on('close', () =>
      reject(new KubernetesError('unreachable', `The Kubernetes API did not ${what} to its end.`)),
    );
    socket.on('error', () => {});
    return { exitCode: exitCodeIn(await ended, what), stdout: stdout.text(), stderr: stderr.text() };
  } catch (error) {
    throw kubernetesError(what, error);
  }
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

const exitCause = z.looseObject({
  causes: z.array(z.looseObject({ reason: z.literal('ExitCode'), message: z.string().regex(/^\d+$/) })).min(1),
});

/** The API says `Success`, or a failure whose cause is the exit code. */
function exitCodeIn({ status, message, details }: V1Status, what: string): number {
  if (status === 'Success') return 0;
  const cause = exitCause.safeParse(details).data?.causes[0];
  if (cause) return Number(cause.message);
  throw new KubernetesError('failed', `The Kubernetes API did not ${what}: ${message ?? 'no reason given'}.`);
}
