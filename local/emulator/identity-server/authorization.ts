import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import type { UserStore } from '../user-store.ts';
import type { Authenticate, Caller } from './authentication.ts';
import { nodeOf } from './permissions.ts';
import type { RoleStore } from './role-store.ts';
import type { IdentityServerVersion } from './version.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller of a management API; set before the call is handled. */
    askedBy: Caller | undefined;
  }
}

/** Whether a caller may do what the permission names. */
export type May = (caller: Caller, permission: string) => boolean;

/** The administrator may do everything, anybody else what a role or the token's scopes permit. */
export function permissionCheck(users: UserStore, roles: RoleStore, { applicationOpens }: IdentityServerVersion): May {
  return (caller, permission) => {
    switch (caller.kind) {
      case 'nobody':
        return false;
      case 'certificate':
        return true;
      case 'application':
        return applicationOpens.test(permission);
      case 'token':
        return caller.scopes.includes(permission);
      case 'user':
        return (
          caller.user.username === users.administrator ||
          roles.ofUser(caller.user.id).some((role) => role.permissions.some(({ value }) => opens(value, permission)))
        );
    }
  };
}

/** Before 7.0 a permission is a node of a tree, and opens all that hangs below it. */
const opens = (held: string, needed: string): boolean =>
  held.startsWith('/permission/') ? `${nodeOf(needed)}/`.startsWith(`${held}/`) : held === needed;

/** Allows only callers with the permission that the operation needs; permissions by verb, and by path where it matters. */
export function onlyPermitted(
  authenticate: Authenticate,
  may: May,
  permissionOf: (request: FastifyRequest) => string,
): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const caller = await authenticate(request);
    request.askedBy = caller;
    if (caller.kind === 'nobody') await unauthorized(request, reply, caller);
    else if (!may(caller, permissionOf(request))) await forbidden(request, reply);
  };
}

export const NOT_PERMITTED = 'Operation is not permitted. You do not have permissions to make this request.';

export const forbidden = ({ url }: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply.code(403).send(problem(url, 403, 'Forbidden', NOT_PERMITTED));

const UNASKED = 'AuthenticationHandler not found.';
const REFUSED = 'Authorization failure. Authorization information was invalid or missing from your request.';

/** The 401 of the product's APIErrorResponseHandler, which differs by API. */
export function unauthorized({ url }: FastifyRequest, reply: FastifyReply, { unasked }: { unasked: boolean }) {
  const challenge = url.startsWith('/api/identity/oauth2/dcr') ? 'Bearer' : 'Bearer realm=localhost';
  const answer = problem(url, 401, 'Unauthorized', unasked ? UNASKED : REFUSED);
  return reply.code(401).header('www-authenticate', challenge).send(answer);
}

const problem = (url: string, status: number, message: string, detail: string) =>
  url.startsWith('/scim2')
    ? { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail, status }
    : { traceId: randomUUID(), code: status, description: detail, message };
