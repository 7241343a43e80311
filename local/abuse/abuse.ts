import { Agent } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import axios, { type AxiosResponse } from 'axios';
import type { Credential } from '../../pki/issue-certificate.ts';
import { isOneOf } from '../verification/version.ts';
import { apiManagerAttempts } from './api-manager-attempts.ts';
import type { Attempt, Call, Outcome } from './attempt.ts';
import { identityServerAttempts } from './identity-server-attempts.ts';

/** Servers, and what an abuser has: a recipient's certificate, client and token. */
export interface Abused {
  identityServer: { url: string; version: string };
  apiManager?: { url: string; gatewayUrl: string; version: string };
  /** CA certificates that issued the servers' certificates. PEM. */
  ca: string;
  administrator: string;
  recipient: {
    certificate: Credential;
    clientId: string;
    /** Members of a form by which the client proves itself to Identity Server; asked anew each time. */
    prove(): Promise<Record<string, string>>;
    /** An access token of that client, bound to the certificate. */
    token: string;
  };
  /** A token of another recipient's client that can be used. */
  anothersToken: string;
}

/** What became of one attempt. */
export interface Tried extends Pick<Attempt, 'id' | 'attempt' | 'server'> {
  expected: Outcome;
  found: Outcome;
  holds: boolean;
  /** Why an answer that lets something through has to be borne. */
  productLimit?: string;
}

/** Everything that is tried. */
export const attempts: readonly Attempt[] = [...identityServerAttempts, ...apiManagerAttempts];

/**
 * Tries everything that fits these servers, one after the other. Nothing that is tried changes anything, should it be let in.
 *
 * @throws when a server gives no answer at all.
 */
export async function tryAll(abused: Abused): Promise<Tried[]> {
  const agents = {
    bare: new Agent({ ca: abused.ca }),
    withCertificate: new Agent({
      ca: abused.ca,
      cert: abused.recipient.certificate.certificate,
      key: abused.recipient.certificate.key,
    }),
  };
  const tried: Tried[] = [];
  for (const attempt of attempts) {
    const server = attempt.server === 'identity-server' ? abused.identityServer : abused.apiManager;
    if (server === undefined || !isOneOf(attempt.versions ?? {}, server.version)) continue;
    const other = attempt.otherwise?.find((versions) => isOneOf(versions, server.version));
    const { expected, productLimit } = other ?? { expected: attempt.expected, productLimit: undefined };
    const found = await outcomeOf(attempt);
    tried.push({
      id: attempt.id,
      attempt: attempt.attempt,
      server: attempt.server,
      expected,
      found,
      holds: isDeepStrictEqual(found, expected),
      ...(productLimit === undefined ? {} : { productLimit }),
    });
  }
  for (const agent of Object.values(agents)) agent.destroy();
  return tried;

  async function outcomeOf({ server, door }: Attempt): Promise<Outcome> {
    if ('call' in door) return (await send(urlOf(server), door.call)).status;
    if ('revokes' in door) {
      const form = { ...(await abused.recipient.prove()), token: abused.anothersToken };
      return (await send(urlOf(server), { method: 'POST', path: '/oauth2/revoke', certificate: true, form })).status;
    }
    const form = { ...(await abused.recipient.prove()), grant_type: 'client_credentials', scope: door.scope };
    const answer = await send(urlOf(server), { method: 'POST', path: '/oauth2/token', certificate: true, form });
    if (answer.status !== 200) return answer.status;
    if (door.opens) return (await send(urlOf(server), door.opens, answer.data.access_token)).status;
    const granted = String(answer.data.scope ?? '').split(' ');
    return { granted: granted.filter((scope) => scope !== '').sort() };
  }

  function urlOf(server: Attempt['server']): string {
    if (server === 'identity-server') return abused.identityServer.url;
    return (server === 'gateway' ? abused.apiManager?.gatewayUrl : abused.apiManager?.url) ?? '';
  }

  async function send(url: string, call: Call, bearer?: string): Promise<AxiosResponse> {
    const { method, path, certificate, headers, asAdministrator, asClient, body, form } = call;
    const authorization = bearer === undefined ? authorizationOf(call) : `Bearer ${bearer}`;
    const proof = asClient ? await abused.recipient.prove() : {};
    return axios.request({
      url: url + path.replace('{clientId}', abused.recipient.clientId),
      method,
      httpsAgent: certificate ? agents.withCertificate : agents.bare,
      proxy: false,
      maxRedirects: 0,
      timeout: 60_000,
      validateStatus: () => true,
      headers: {
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
        ...(asAdministrator && { 'WSO2-Identity-User': abused.administrator }),
      },
      ...(body && { data: body }),
      ...(form && { data: new URLSearchParams({ ...form, ...proof }) }),
    });
  }

  function authorizationOf({ authorization }: Call): string | undefined {
    const encoded = (text: string) => Buffer.from(text).toString('base64');
    switch (authorization) {
      case 'wrong-password':
        return `Basic ${encoded(`${abused.administrator}:a-guess`)}`;
      case 'published-word':
        return `Client ${encoded('dashboard:dashboard')}`;
      case 'token':
        return `Bearer ${abused.recipient.token}`;
      default:
        return undefined;
    }
  }
}
