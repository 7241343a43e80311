import { isIP } from 'node:net';
import { connect, type PeerCertificate, type SecureVersion, type TLSSocket } from 'node:tls';

/** What is offered to a server; OpenSSL's names and syntax. */
export interface Offer {
  minVersion: SecureVersion;
  maxVersion: SecureVersion;
  ciphers?: string;
}

/** What a whole handshake showed. */
export interface Seen {
  protocol: string;
  /** IANA's name. */
  suite: string;
  certificate: PeerCertificate;
}

/** What a server makes of an offer. */
export type Handshake =
  /** Both sides agreed on keys. The handshake may have failed later for lack of a client certificate: then `seen` is undefined. */
  | { outcome: 'taken'; seen: Seen | undefined }
  /** OpenSSL's code, such as ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION. */
  | { outcome: 'refused'; code: string }
  /** Nothing was learnt: no connection, no answer, or an offer that this OpenSSL cannot make. */
  | { outcome: 'unknown'; code: string };

/** Milliseconds. */
const patience = 10_000;

const suitesOf13 = 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';

/** Node offers those of TLS 1.3 only where they are named, and takes the level of security from a list of the older ones. */
function offeredSuites(named = suitesOf13): string {
  const older = named.startsWith('TLS_') ? `${named}:DEFAULT` : named;
  return `${older}@SECLEVEL=0`;
}

/** Offers a handshake without a client certificate, believes no certificate, sends nothing, and hangs up. */
export function shakeHands(hostname: string, port: number, offer: Offer): Promise<Handshake> {
  return new Promise((resolve) => {
    let socket: TLSSocket;
    let seen: Seen | undefined;
    let agreed = false;
    const end = (code: string) => {
      socket.destroy();
      if (agreed) resolve({ outcome: 'taken', seen });
      else resolve({ outcome: isRefusal(code) ? 'refused' : 'unknown', code });
    };
    try {
      socket = connect({
        host: hostname,
        port,
        ...(isIP(hostname) ? {} : { servername: hostname }),
        rejectUnauthorized: false,
        ...offer,
        ciphers: offeredSuites(offer.ciphers),
      });
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      resolve({ outcome: 'unknown', code });
      return;
    }
    socket.setTimeout(patience, () => end('time-out'));
    socket.once('keylog', () => {
      agreed = true;
    });
    // Not later: OpenSSL has forgotten it once the server has hung up.
    socket.prependOnceListener('secure', () => {
      const [protocol, suite] = [socket.getProtocol() ?? '', socket.getCipher().standardName];
      seen = { protocol, suite, certificate: socket.getPeerCertificate() };
    });
    socket.once('secureConnect', () => end(''));
    socket.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => end(code));
    // A stream that is destroyed without a reason makes no error.
    socket.once('close', () => end('ECONNRESET'));
  });
}

/** An alert, an answer in a version that was not offered, or no answer but the end of the connection. */
const isRefusal = (code: string) =>
  /^ERR_SSL_.*ALERT|^ERR_SSL_(UNSUPPORTED_PROTOCOL|WRONG_VERSION_NUMBER|WRONG_SSL_VERSION)$|^ECONNRESET$|^EPIPE$/.test(
    code,
  );
