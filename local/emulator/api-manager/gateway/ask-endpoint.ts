import type { Agent } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Message } from './mediation/message.ts';
import { EndpointError, sendToEndpoint } from './proxy.ts';
import { type TransportHeaders, transportHeadersOf } from './transport-headers.ts';

/** Names and values one after the other, as node has those of a request. */
const rawHeadersOf = (headers: TransportHeaders) =>
  Object.entries(headers.toHttp()).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]));

/**
 * How a mediator calls an endpoint while its message waits: with the headers of the message, without its body, and with the caller's path
 * below the API's context and its query behind the endpoint's own URL.
 *
 * @param resource such as `/banking/accounts?page=1`.
 * @returns the body of the answer.
 * @throws {EndpointError} when no answer comes in time, and for 4xx and 5xx, which the product takes for faults.
 */
export function askEndpoint(agent: Agent, resource: string): NonNullable<Message['ask']> {
  return async (url, timeoutMs, headers) => {
    const sent = transportHeadersOf({ rawHeaders: rawHeadersOf(headers) });
    for (const ofBody of ['content-length', 'transfer-encoding']) sent.remove(ofBody);
    sent.set('Content-Type', 'application/json; charset=UTF-8');
    const path = `${url.pathname.replace(/\/$/, '')}${resource}`;
    const answer = await sendToEndpoint(url, { method: 'GET', path, headers: sent, body: '' }, agent, timeoutMs);
    const body = await text(answer);
    if ((answer.statusCode ?? 500) >= 400)
      throw new EndpointError(101500, 'Error in Sender', { message: `${url.host} answered ${answer.statusCode}` });
    return body;
  };
}
