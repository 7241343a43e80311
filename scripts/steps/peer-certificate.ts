import type { Duplex } from 'node:stream';
import { getCACertificates, connect as secure } from 'node:tls';
import type { Connect } from '@cdr-stack/wso2';

/** What a TLS server showed of itself. */
export interface PeerCertificate {
  subject: string;
  issuer: string;
  /** Node's or OpenSSL's code when we do not trust it, such as SELF_SIGNED_CERT_IN_CHAIN. */
  distrust: string | undefined;
}

/**
 * Makes a handshake with a server and reads its certificate, even if it is not trusted: then the handshake fails as it must, and nothing is
 * sent, but the certificate is known. Undefined if the server presented no certificate.
 *
 * @param ca PEM of CAs to trust for it, in addition to the system's.
 * @param connect default: a TCP connection.
 */
export async function lookAtPeer(
  url: string,
  ca: string,
  connect?: Connect,
  milliseconds = 10_000,
): Promise<PeerCertificate | undefined> {
  const { hostname, port: given } = new URL(url);
  const port = Number(given || 443);
  let stream: Duplex | undefined;
  try {
    stream = await connect?.(hostname, port);
  } catch {
    return undefined;
  }
  return new Promise((resolve) => {
    let seen: Omit<PeerCertificate, 'distrust'> | undefined;
    const socket = secure({
      ...(stream ? { socket: stream } : { host: hostname, port }),
      ...(/^[\d.:[\]]+$/.test(hostname) ? {} : { servername: hostname }),
      ca: [...getCACertificates('default'), ca],
      allowPartialTrustChain: true,
    });
    socket.setTimeout(milliseconds);
    const look = () => {
      // Not getPeerX509Certificate: after it, Node 24 finds no names in the certificate and calls every host wrong.
      const { subject, issuer } = socket.getPeerCertificate();
      if (subject) seen = { subject: oneLine(subject), issuer: oneLine(issuer) };
    };
    const end = (distrust: string | undefined) => {
      socket.destroy();
      resolve(seen && { ...seen, distrust });
    };
    // The handshake is over and Node has not judged the certificate yet: the last moment to look before it hangs up.
    socket.prependOnceListener('secure', look);
    socket.once('secureConnect', () => end(undefined));
    socket.once('timeout', () => end('timeout'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    // A stream that is destroyed without a reason makes no error.
    socket.once('close', () => end('ECONNRESET'));
  });
}

const oneLine = (name: object) =>
  Object.entries(name)
    .map(([attribute, value]) => `${attribute}=${value}`)
    .join(', ');
