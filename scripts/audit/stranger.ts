import { Agent } from 'node:https';
import axios, { AxiosError } from 'axios';

/** What a stranger asks. The type is the promise that an audit never writes. */
export interface Request {
  method?: 'GET' | 'HEAD' | 'OPTIONS';
  url: string;
  headers?: Record<string, string>;
}

/** What came of it. */
export type Answer =
  | { kind: 'answered'; status: number; headers: Record<string, string>; body: string }
  /** The server ends the handshake because no client certificate came. */
  | { kind: 'wants a certificate' }
  /** Nothing listens at the port. */
  | { kind: 'nothing listens' }
  /** Node's or OpenSSL's code. */
  | { kind: 'no answer'; code: string };

export interface Stranger {
  ask(request: Request): Promise<Answer>;
  close(): void;
}

/** Milliseconds. */
const patience = 15_000;
const mostBytes = 1024 * 1024;

/** An anonymous caller: no credentials, no client certificate, no redirects followed.
 *
 * @param ca PEM of the CAs that issued the servers' certificates. Without it certificates are not verified: the requests contain no
 * secrets.
 */
export function stranger(ca: string | undefined): Stranger {
  const agent = new Agent({
    keepAlive: true,
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca, allowPartialTrustChain: true }),
    // A server that speaks nothing better has doors as well.
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  return {
    async ask({ method = 'GET', url, headers = {} }) {
      try {
        const answer = await axios.request<string>({
          method,
          url,
          headers: { accept: '*/*', ...headers },
          httpsAgent: agent,
          proxy: false,
          maxRedirects: 0,
          maxContentLength: mostBytes,
          responseType: 'text',
          transformResponse: (text) => text,
          validateStatus: () => true,
          signal: AbortSignal.timeout(patience),
        });
        const told = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
        return { kind: 'answered', status: answer.status, headers: Object.fromEntries(told), body: answer.data };
      } catch (error) {
        if (!(error instanceof AxiosError)) throw error;
        return failure(error.code ?? 'unknown');
      }
    },
    close: () => agent.destroy(),
  };
}

function failure(code: string): Answer {
  if (wantsCertificate(code)) return { kind: 'wants a certificate' };
  if (code === 'ECONNREFUSED') return { kind: 'nothing listens' };
  return { kind: 'no answer', code: code === 'ERR_CANCELED' ? 'time-out' : code };
}

/** The alerts with which a server asks for a client certificate: of TLS 1.3, and Java's of TLS 1.2. */
export const wantsCertificate = (code: string): boolean => /ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED)$/.test(code);
