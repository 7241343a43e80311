import { type Connect, Wso2Error } from '@cdr-stack/wso2';
import { StepError } from './engine/errors.ts';
import { type ClientCertificate, type MutualTlsAnswer, sendOverMutualTls } from './mutual-tls.ts';

export interface RegistrationCall {
  gatewayUrl: string;
  /** The API's path; default `/open-banking/0.2`. */
  path?: string;
  /** The signed registration request, a JWT (Consumer Data Standards, Dynamic Client Registration). */
  request: string;
  client: ClientCertificate;
  /** PEM of the CAs to trust for the gateway. */
  ca: string;
  /** Default: a TCP connection. */
  connect?: Connect | undefined;
}

export interface RegistrationOutcome {
  status: number;
  /** The registration (201), or the reason why not (`error`, `error_description`). */
  body: Record<string, unknown>;
}

/**
 * Sends a registration request over mutual TLS, as the software product's owner would. A refusal is an outcome, not an error.
 *
 * @throws {StepError} when the gateway did not answer; `cause` says how bad that is.
 */
export async function registerSoftwareProduct(call: RegistrationCall): Promise<RegistrationOutcome> {
  const { gatewayUrl, path = '/open-banking/0.2', request, client, ca, connect } = call;
  const answer = await sendOverMutualTls({
    method: 'POST',
    url: `${gatewayUrl}${path}/register`,
    ca,
    client,
    headers: { 'Content-Type': 'application/jwt', Accept: 'application/json' },
    body: request.trim(),
    connect,
  });
  if (answer.kind !== 'answered') throw unanswered(gatewayUrl, answer);
  return { status: answer.status, body: read(answer.body) };
}

function read(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Not JSON: a proxy in between, say.
  }
  return { text: text.slice(0, 500) };
}

function unanswered(gateway: string, { kind, code }: Exclude<MutualTlsAnswer, { kind: 'answered' }>): StepError {
  const reasons = {
    refused: `The gateway ${gateway} refused the certificate (${code}): is it issued by a CA that its listener trusts, and does the key belong to it?`,
    untrusted: `The gateway ${gateway} shows a certificate that is not trusted here (${code}): give its CA by --ca.`,
    unreachable: `The gateway ${gateway} cannot be reached (${code}).`,
  };
  const codes = { refused: 'forbidden', untrusted: 'untrusted', unreachable: 'unreachable' } as const;
  return new StepError(reasons[kind], { cause: new Wso2Error(codes[kind], reasons[kind]) });
}
