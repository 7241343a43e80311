import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';

export interface BasicCredentials {
  username: string;
  password: string;
}

/** The user name and password of an `Authorization: Basic` header (RFC 7617), or undefined. */
export function basicCredentials(authorization: string | undefined): BasicCredentials | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '')?.[1];
  const decoded = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 1 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

export type IsAdministrator = (authorization: string | undefined) => boolean;

/** Whether a header holds the super administrator's credentials, with or without the super tenant's domain. */
export function administratorCheck(administrator: BasicCredentials): IsAdministrator {
  const names = [administrator.username, `${administrator.username}@carbon.super`];
  return (authorization) => {
    const given = basicCredentials(authorization);
    return given !== undefined && names.includes(given.username) && equal(given.password, administrator.password);
  };
}

/** Compares digests, so that the time taken says nothing about length or content. */
function equal(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}

const REFUSAL = 'Authorization failure. Authorization information was invalid or missing from your request.';

/** Lets the administrator through to a management API, and nobody else. */
export function onlyAdministrator(isAdministrator: IsAdministrator): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    if (!isAdministrator(request.headers.authorization)) await unauthorized(request, reply);
  };
}

/** The 401 of the product's APIErrorResponseHandler, which differs by API. */
export function unauthorized({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = url.startsWith('/scim2')
    ? { status: 401, detail: REFUSAL, schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] }
    : { code: 401, message: 'Unauthorized', description: REFUSAL };
  const challenge = url.startsWith('/api/identity/oauth2/dcr') ? 'Bearer' : 'realm user=""';
  return reply.code(401).header('www-authenticate', challenge).send(answer);
}
