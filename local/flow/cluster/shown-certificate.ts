import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect as secure } from 'node:tls';
import { connectThroughKubernetes } from '../../../scripts/kubernetes/connection.ts';
import { kubeconfig } from './environment.ts';

/**
 * The certificate that a server of the stack shows, as who connects to its Service gets it.
 * @param ca who may have issued it, PEM.
 * @throws Error when another issued it, or it is for another name.
 */
export async function shownCertificate(service: string, port: number, ca: string): Promise<X509Certificate> {
  const { connect } = await connectThroughKubernetes({ context: 'cdr-stack', kubeconfig, namespace: 'cdr-local' });
  const socket = await connect(service, port);
  try {
    if (port === postgres) await askForTls(socket);
    const connection = secure({ socket, servername: service, ca });
    await once(connection, 'secureConnect');
    const { raw } = connection.getPeerCertificate();
    connection.destroy();
    return new X509Certificate(raw);
  } finally {
    socket.destroy();
  }
}

const postgres = 5432;

/** PostgreSQL speaks in the clear until it is asked for TLS (Frontend/Backend Protocol, SSLRequest). */
async function askForTls(socket: Duplex): Promise<void> {
  socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer.toString() !== 'S') throw new Error(`PostgreSQL has no TLS: it answered ${answer.toString('hex')}.`);
}
