import type { AxiosInstance, AxiosResponse } from 'axios';
import { z } from 'zod';
import { identityFromPki, mutualTlsClient, type Tunnel } from './mutual-tls-client.ts';

/** What a test recipient needs to know of the environment. */
export interface RecipientOptions {
  pki: string;
  /** CA certificates of the servers that it calls, PEM. */
  ca: string;
  /** The recipient's own server, which holds its signing key and makes requests and assertions. */
  recipientUrl: string;
  gatewayUrl: string;
  /** Issuer of the data holder; its token endpoint has the same URL, as WSO2 Identity Server has it. */
  issuer: string;
  /** Whose certificate to show; default the recipient's own, null for none. */
  party?: string | null;
  /** Default: TCP. */
  tunnel?: Tunnel;
}

/** Where the DCR API is, below the gateway. */
const registrationPath = '/open-banking/0.2/register';

const tokenAnswer = z.looseObject({ access_token: z.string(), scope: z.string().optional() });

/** A data recipient as the outside world sees it: every call over mutual TLS, nothing known of the inside. */
export interface RecipientClient {
  /** A registration request, signed then and there. */
  registrationRequest(): Promise<string>;
  register(request: string): Promise<AxiosResponse>;
  /** The members of a form by which the client proves itself with private_key_jwt (RFC 7523), good for one request. */
  proof(clientId: string): Promise<Record<string, string>>;
  /**
   * A certificate-bound access token by private_key_jwt (RFC 7523, RFC 8705). It ends the one before of the same client,
   * scopes and certificate, as WSO2 Identity Server has it: ask once, and use it for every call. All who ask at once
   * get one token. Throws when it is refused.
   */
  accessToken(clientId: string, scope?: string): Promise<string>;
  read(clientId: string, token: string): Promise<AxiosResponse>;
  replace(clientId: string, token: string, request: string): Promise<AxiosResponse>;
  remove(clientId: string, token: string): Promise<AxiosResponse>;
  /** Ends its connections, which would keep the process alive. */
  close(): void;
  /** The HTTP client underneath, for what a well-behaved recipient does not do. */
  http: AxiosInstance;
}

export function recipientClient(options: RecipientOptions): RecipientClient {
  const { party = 'recipient' } = options;
  const http = mutualTlsClient(identityFromPki(options.pki, party, options.ca), options.tunnel);
  const endpoint = `${options.gatewayUrl}${registrationPath}`;
  const jwt = { headers: { 'content-type': 'application/jwt' } };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const made = async (what: string, body: object): Promise<string> => {
    const answer = await http.post(`${options.recipientUrl}/${what}`, body, { responseType: 'text' });
    if (answer.status !== 200) throw new Error(`The test recipient made no ${what}: ${answer.status} ${answer.data}`);
    return answer.data;
  };
  const proof = async (clientId: string) => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await made('client-assertion', { clientId, audience: options.issuer }),
  });
  async function askForToken(clientId: string, scope: string): Promise<string> {
    const form = { grant_type: 'client_credentials', scope, ...(await proof(clientId)) };
    const answer = await http.post(options.issuer, new URLSearchParams(form));
    if (answer.status !== 200) {
      throw new Error(`${options.issuer} refused a token: ${answer.status} ${JSON.stringify(answer.data)}`);
    }
    return tokenAnswer.parse(answer.data).access_token;
  }
  /** By client and scope, while the answer is awaited. */
  const asked = new Map<string, Promise<string>>();
  return {
    http,
    close: () => http.defaults.httpsAgent.destroy(),
    registrationRequest: () => made('registration-request', { audience: options.issuer }),
    register: (request) => http.post(endpoint, request, jwt),
    proof,
    accessToken(clientId, scope = 'cdr:registration') {
      const key = `${clientId} ${scope}`;
      const token = asked.get(key) ?? askForToken(clientId, scope).finally(() => asked.delete(key));
      asked.set(key, token);
      return token;
    },
    read: (clientId, token) => http.get(`${endpoint}/${clientId}`, bearer(token)),
    replace: (clientId, token, request) =>
      http.put(`${endpoint}/${clientId}`, request, { headers: { ...jwt.headers, ...bearer(token).headers } }),
    remove: (clientId, token) => http.delete(`${endpoint}/${clientId}`, bearer(token)),
  };
}
