import { type Duplex, duplexPair, Writable } from 'node:stream';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';
import { kubernetesError } from './errors.ts';
import type { PodPort } from './service-pod.ts';

/**
 * Opens one connection to a port of a pod through the Kubernetes API. No port of this machine is involved: the stream ends
 * in this process.
 *
 * @throws {KubernetesError} when the API server refuses. That nothing listens in the pod shows a little later, as the
 *   stream's error, or already here.
 */
export async function forwardToPod(kubeconfig: KubeConfig, { namespace, pod, port }: PodPort): Promise<Duplex> {
  const [near, far] = duplexPair();
  // The stream may break before the caller has it.
  near.on('error', () => {});
  const problems = new Writable({
    write(text: Buffer, _, done) {
      done();
      // Empty is what is left of the port's number, which comes first.
      if (text.length > 0) near.destroy(failureInPod(`${text}`.trim()));
    },
  });
  const socket = await open();
  socket.on('close', () => far.end());
  // Without a listener, an error of the socket would end the process; its close follows.
  socket.on('error', () => {});
  near.once('close', () => socket.close());
  // The node's first bytes may arrive together with the API server's response; a caller with a broken stream would wait for them for ever.
  if (near.errored) throw near.errored;
  return near;

  async function open() {
    try {
      const opened = await new PortForward(kubeconfig).portForward(namespace, pod, [port], far, problems, far);
      // A function only where reconnections are asked for, which would tear a TLS connection apart.
      if (typeof opened === 'function') throw new Error('no connection');
      return opened;
    } catch (error) {
      throw kubernetesError(`forward to port ${port} of pod ${pod}`, error);
    }
  }
}

/** What the node says of the connection in the pod: to the caller an error like that of any other connection. */
function failureInPod(reason: string): Error {
  const refused = /refused/.test(reason);
  return Object.assign(
    new Error(reason),
    refused ? { code: 'ECONNREFUSED', syscall: 'connect' } : { code: 'ECONNRESET', syscall: 'read' },
  );
}
