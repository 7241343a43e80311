import assert from 'node:assert/strict';
import type { Answer, Call, TestService } from './service.ts';
import { registrationRequest } from './signed-requests.ts';

/** The members of an answer in JSON. */
export const json = (answer: Answer) => JSON.parse(answer.body) as Record<string, unknown>;

/** A recipient with as many software products as are asked for, as the gateway passes its calls on. */
export function recipientOf(service: TestService) {
  const certificate = { 'x-wso2-client-certificate': service.certificateHeader('recipient') };
  let products = 0;

  const post = (body: string, headers: Call['headers'] = {}): Promise<Answer> =>
    service.call({
      method: 'POST',
      path: '/register',
      body,
      headers: { 'content-type': 'application/jwt', ...certificate, ...headers },
    });

  /** A request of a software product that nobody has registered yet. */
  const newRequest = (
    bent: Parameters<typeof registrationRequest>[0] = {},
    softwareId = `product-${++products}`,
  ): Promise<string> =>
    registrationRequest({
      request: { iss: softwareId, ...bent.request },
      statement: { software_id: softwareId, jwks_uri: service.jwksUri, ...bent.statement },
    });

  return {
    certificate,
    post,
    newRequest,
    async newClient(): Promise<{ clientId: string; softwareId: string }> {
      const answer = await post(await newRequest());
      assert.equal(answer.status, 201, answer.body);
      return { clientId: String(json(answer).client_id), softwareId: String(json(answer).software_id) };
    },
    /** A management call with an access token of the client, whose claims may be changed. */
    async manage(
      method: string,
      clientId: string,
      changes: Record<string, unknown> = {},
      call: Partial<Call> = {},
    ): Promise<Answer> {
      const headers = {
        ...certificate,
        'x-wso2-client-id': clientId,
        authorization: `Bearer ${await service.accessToken(clientId, changes)}`,
        ...call.headers,
      };
      return service.call({ method, path: `/register/${clientId}`, ...call, headers });
    },
  };
}
