import { Wso2Error } from './errors.ts';
import type { Asked } from './refusal.ts';
import { BrokenAnswer } from './round-trip.ts';
import { type Connections, whyRefused } from './tls.ts';
import { TUNNEL_FAILED } from './tunnel.ts';

const neverSent = new WeakSet<Error>();

/** Whether the failure came before a connection: the server has seen nothing of the request. */
export function wasNeverSent(error: Error): boolean {
  return neverSent.has(error);
}

export function aborted(asked: Asked): Wso2Error {
  return new Wso2Error(
    'aborted',
    `${asked.method} ${asked.path}: given up: the run was interrupted, or its time was up.`,
    asked,
  );
}

export function timedOut(asked: Asked, timeoutMs: number): Wso2Error {
  const message = `${asked.method} ${asked.path}: ${asked.server} did not answer within ${timeoutMs} ms. It may be starting or overloaded; whether a change took effect is not known.`;
  return new Wso2Error('timeout', message, asked);
}

/** What it means that a request got no answer: the certificate was refused, or there is no way to the server. */
export function noAnswer(asked: Asked, url: string, cause: unknown, connections: Connections): Wso2Error {
  const reason = reasonOf(cause);
  const refused = connections.refusedCertificate(cause);
  const where = `${asked.method} ${asked.path}: ${asked.server}`;
  if (refused) {
    return new Wso2Error(
      'untrusted',
      `${where} is not trusted: ${whyRefused(reason, refused, new URL(url).hostname)}.`,
      asked,
    );
  }
  if (cause instanceof BrokenAnswer) {
    return new Wso2Error('unexpected-answer', `${where} sent an answer that cannot be read (${cause.reason}).`, asked);
  }
  const why = reason === TUNNEL_FAILED ? withoutFullStop((cause as Error).message) : explain(reason);
  const error = new Wso2Error('unreachable', `${where} cannot be reached: ${why}.`, asked);
  if (cause instanceof Error && 'syscall' in cause && /^(connect|getaddrinfo)/.test(String(cause.syscall))) {
    neverSent.add(error);
  }
  return error;
}

function withoutFullStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'no reason given';
}

function explain(reason: string): string {
  switch (reason) {
    case 'ECONNREFUSED':
      return 'nothing listens there (ECONNREFUSED). Check that the server is started, and its host, port and offset';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `its host name is not known (${reason}). Check the address and the name service`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `it closed the connection (${reason}). It may be restarting, or want a client certificate`;
    case 'EPROTO':
      return 'it does not speak TLS as expected (EPROTO). Check the port, and that it is the one for HTTPS';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `there is no way to it (${reason}). Check the address, firewalls and network policies`;
    default:
      return reason.startsWith('ERR_SSL_')
        ? `the TLS handshake failed (${reason}). Check the port, and whether the server wants a client certificate`
        : `${reason}. Check the address`;
  }
}
