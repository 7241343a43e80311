import { Agent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { type Call, type Connect, through } from '@cdr-stack/wso2';
import axios, { AxiosError } from 'axios';

/** A recipient's TLS certificate (with its issuing CA) and key, as PEM. */
export interface ClientCertificate {
  certificate: string;
  key: string;
}

export interface MutualTlsRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  /** PEM of CAs to trust for the server, in addition to the system's. */
  ca: string;
  /** Without one, none is shown. */
  client?: ClientCertificate | undefined;
  headers?: Record<string, string>;
  body?: string;
  /** Seconds. */
  timeout?: number;
  /** Default: a TCP connection. */
  connect?: Connect | undefined;
  onCall?: ((call: Call) => void) | undefined;
}

/**
 * What came of it: an HTTP answer, or the reason why there was none. A server that asks for a certificate and does not like
 * the one it sees says so after our side of the handshake is over (TLS 1.3), so a reset counts as refused.
 */
export type MutualTlsAnswer =
  | { kind: 'answered'; status: number; headers: Record<string, unknown>; body: string }
  | { kind: 'refused'; code: string }
  | { kind: 'untrusted'; code: string }
  | { kind: 'unreachable'; code: string };

/** Sends one request over mutual TLS. Answers of any status are answers; a failure to get one is a value, too. */
export async function sendOverMutualTls(request: MutualTlsRequest): Promise<MutualTlsAnswer> {
  const { method, url, ca, client, headers, body, timeout = 30, connect, onCall } = request;
  const agent = through(
    new Agent({
      ca: [...getCACertificates('default'), ca],
      allowPartialTrustChain: true,
      ...(client ? { cert: client.certificate, key: client.key } : {}),
      minVersion: 'TLSv1.2',
    }),
    connect,
  );
  const began = performance.now();
  let status: number | undefined;
  try {
    const answer = await axios.request<string>({
      method,
      url,
      data: body,
      headers: { ...headers },
      httpsAgent: agent,
      proxy: false,
      maxRedirects: 0,
      responseType: 'text',
      transformResponse: (text) => text,
      validateStatus: () => true,
      signal: AbortSignal.timeout(timeout * 1000),
    });
    status = answer.status;
    return { kind: 'answered', status: answer.status, headers: { ...answer.headers }, body: answer.data };
  } catch (error) {
    if (!(error instanceof AxiosError)) throw error;
    const code = error.code ?? 'unknown';
    return { kind: kindOf(code), code };
  } finally {
    agent.destroy();
    onCall?.({ method, path: new URL(url).pathname, status, kind: 'read', ms: performance.now() - began });
  }
}

function kindOf(code: string): 'refused' | 'untrusted' | 'unreachable' {
  if (/^ERR_SSL_.*ALERT|^ECONNRESET$|^EPIPE$|^EPROTO$/.test(code)) return 'refused';
  if (/CERT|SIGNED|VERIFY|ISSUER/.test(code)) return 'untrusted';
  return 'unreachable';
}
