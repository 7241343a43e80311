import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import type { UserStore } from '../user-store.ts';
import { nodeOf } from './permissions.ts';
import type { RoleStore } from './role-store.ts';

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

/** Whether the Basic credentials of a header are those of a user who may do what the permission names. */
export type MayCall = (authorization: string | undefined, permission: string) => 'yes' | 'unknown' | 'forbidden';

/** The administrator may do everything, anybody else what a role of theirs permits. */
export function permissionCheck(users: UserStore, roles: RoleStore): MayCall {
  return (authorization, permission) => {
    const given = basicCredentials(authorization);
    const user = given && users.verify(given.username, given.password);
    if (user === undefined) return 'unknown';
    if (user.username === users.administrator) return 'yes';
    const permitted = roles
      .ofUser(user.id)
      .some(({ permissions }) => permissions.some(({ value }) => opens(value, permission)));
    return permitted ? 'yes' : 'forbidden';
  };
}

/** Before 7.0 a permission is a node of a tree, and opens all that hangs below it. */
const opens = (held: string, needed: string): boolean =>
  held.startsWith('/permission/') ? `${nodeOf(needed)}/`.startsWith(`${held}/`) : held === needed;

const REFUSAL = 'Authorization failure. Authorization information was invalid or missing from your request.';

/** Lets through who has the permission that the operation needs; permissions by verb, and by path where it matters. */
export function onlyPermitted(
  mayCall: MayCall,
  permissionOf: (request: FastifyRequest) => string,
): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const answer = mayCall(request.headers.authorization, permissionOf(request));
    if (answer === 'unknown') await unauthorized(request, reply);
    if (answer === 'forbidden') await forbidden(request, reply);
  };
}

export const NOT_PERMITTED = 'Operation is not permitted. You do not have permissions to make this request.';

export function forbidden({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const detail = NOT_PERMITTED;
  return reply
    .code(403)
    .send(
      url.startsWith('/scim2')
        ? { status: 403, detail, schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] }
        : { code: 403, message: 'Forbidden', description: detail },
    );
}

/** The 401 of the product's APIErrorResponseHandler, which differs by API. */
export function unauthorized({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = url.startsWith('/scim2')
    ? { status: 401, detail: REFUSAL, schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] }
    : { code: 401, message: 'Unauthorized', description: REFUSAL };
  const challenge = url.startsWith('/api/identity/oauth2/dcr') ? 'Bearer' : 'realm user=""';
  return reply.code(401).header('www-authenticate', challenge).send(answer);
}
