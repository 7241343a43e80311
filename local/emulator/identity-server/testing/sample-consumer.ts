import { hash, randomBytes } from 'node:crypto';
import { Agent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import { manage, type SampleServer, send } from './sample-identity-server.ts';
import { assertionForm, clientAssertion } from './sample-recipient.ts';

/** A consumer who has an account at the data holder. */
export const consumer = { username: 'jane', password: 'Consumer-of-tests-1' };

/** Creates the consumer's account. Returns its id. */
export async function createConsumer(server: SampleServer): Promise<string> {
  const body = { userName: consumer.username, password: consumer.password };
  const { status, data } = await manage(server, '/scim2/Users', { method: 'POST', body });
  if (status !== 201) throw new Error(`The consumer was not created: ${status}.`);
  return data.id;
}

/** PKCE (RFC 7636). */
export interface Verifier {
  verifier: string;
  challenge: string;
}

export function createVerifier(): Verifier {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: hash('sha256', verifier, 'base64url') };
}

/**
 * Asks for a code as a browser does, and signs the consumer in when it is asked to. Returns the address that the code, or the error, is
 * sent to; undefined when the server answered for itself.
 */
export async function authorize(server: SampleServer, query: Record<string, string>): Promise<URL | undefined> {
  const cookies = new Map<string, string>();
  const httpsAgent = new Agent({ ca: server.pki.authorities.platform.certificate });
  const open = async (address: string, form?: Record<string, string>): Promise<URL | undefined> => {
    const answer: AxiosResponse = await axios.request({
      url: new URL(address, server.url).href,
      method: form ? 'POST' : 'GET',
      ...(form && { data: new URLSearchParams(form) }),
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      httpsAgent,
      proxy: false,
      maxRedirects: 0,
      validateStatus: () => true,
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [name = '', value = ''] = line.split(';')[0]?.split(/=(.*)/) ?? [];
      cookies.set(name, value);
    }
    const { location } = answer.headers;
    if (location === undefined) return undefined;
    const next = new URL(location, server.url);
    if (next.origin !== server.url) return next;
    if (!next.pathname.endsWith('/login.do')) return open(next.href);
    const sessionDataKey = next.searchParams.get('sessionDataKey') ?? '';
    if (next.searchParams.has('authFailure')) return undefined;
    return open('/commonauth', { ...consumer, sessionDataKey });
  };
  return open(`/oauth2/authorize?${new URLSearchParams({ response_type: 'code', ...query })}`);
}

/** Exchanges a code, presenting the recipient's certificate. */
export async function exchangeCode(
  server: SampleServer,
  clientId: string,
  form: Record<string, string>,
): Promise<AxiosResponse> {
  const body = assertionForm(await clientAssertion(server, clientId), form);
  return send(server, '/oauth2/token', { method: 'POST', body, certificate: server.pki.parties.recipient });
}
