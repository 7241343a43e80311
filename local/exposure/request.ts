import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import type { Credential } from '../../pki/issue-certificate.ts';
import type { Found } from './answers.ts';

/** What is sent. */
export interface Sent {
  url: string;
  method: string;
  certificate: Credential | undefined;
  authorization: string | undefined;
  form: Record<string, string> | undefined;
  body: object | undefined;
}

/** How many connections are open at once to one server. */
const CONNECTIONS = 8;
/** How long a server may think, in milliseconds. */
const patience = 10_000;
const REFUSED = /^(ECONNREFUSED|ECONNRESET|EPIPE|EPROTO|ERR_SSL_.+)$/;

/**
 * Sends requests on kept connections, and reads nothing of an answer but its status.
 *
 * @param ca CA certificates that vouch for the servers. PEM.
 */
export function openRequests(ca: string) {
  const plain = new PlainAgent({ keepAlive: true, maxSockets: CONNECTIONS });
  const agents = new Map<Credential | undefined, Agent>();

  function agentOf(certificate?: Credential): Agent {
    const known = agents.get(certificate);
    if (known) return known;
    const identity = certificate && { cert: certificate.certificate, key: certificate.key };
    const agent = new Agent({ ca, keepAlive: true, maxSockets: CONNECTIONS, ...identity });
    agents.set(certificate, agent);
    return agent;
  }

  function status({ url, method, certificate, authorization, form, body }: Sent): Promise<Found> {
    const content = form ? new URLSearchParams(form).toString() : body && JSON.stringify(body);
    const options = {
      method,
      timeout: patience,
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(content !== undefined && {
          'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
          'content-length': Buffer.byteLength(content),
        }),
      },
    };
    return new Promise((resolve, reject) => {
      const request = url.startsWith('https:')
        ? tlsRequest(url, { ...options, agent: agentOf(certificate) })
        : plainRequest(url, { ...options, agent: plain });
      request.on('response', (response) => {
        response.resume().on('error', reject);
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      request.on('timeout', () => {
        resolve('no answer');
        request.destroy();
      });
      request.on('error', (error: NodeJS.ErrnoException) =>
        REFUSED.test(error.code ?? '') ? resolve('no connection') : reject(error),
      );
      request.end(content);
    });
  }

  return {
    status,
    agentOf,
    close() {
      for (const agent of [plain, ...agents.values()]) agent.destroy();
    },
  };
}
