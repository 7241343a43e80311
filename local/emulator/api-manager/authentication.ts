import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unauthenticated } from './errors.ts';
import type { Instance } from './instance.ts';
import { scopesForRoles } from './rest-api-roles.ts';
import { scopesOf } from './scopes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller of one of the three REST APIs; empty for an anonymous visitor of the developer portal. */
    caller: string;
  }
}

/** Refuses calls of the three REST APIs whose token is missing, dead or without a scope that opens the operation. */
export function requireScopes(app: FastifyInstance, { tokens, users, quirks, product, doors }: Instance): void {
  app.decorateRequest('caller', '');
  app.addHook('onRequest', async (request) => {
    const needed = scopesOf(request.method, request.routeOptions.url ?? '');
    if (needed === undefined) return;

    const [scheme, credential] = (request.headers.authorization ?? '').split(' ');
    const user = basicUser(request, users);
    if (user !== undefined) {
      // A user's own password opens what the roles of the user open.
      const open = scopesForRoles(users.find(user)?.roles ?? []);
      const opened = needed.filter((scope) => open.has(scope) && !quirks.withheldScopes.includes(scope));
      if (needed.length > 0 && opened.length === 0) throw unauthenticated();
      request.caller = user;
      return;
    }
    const bearer =
      scheme?.toLowerCase() === 'bearer'
        ? await tokens.verify(credential ?? '', product.believesRevokedTokens)
        : undefined;
    if (bearer === undefined) {
      if (
        isForEverybody(request.routeOptions.url, needed, doors.anonymousPortal) &&
        request.headers.authorization === undefined
      )
        return;
      throw unauthenticated();
    }
    if (needed.length > 0 && !needed.some((scope) => bearer.scopes.includes(scope))) throw unauthenticated();
    request.caller = bearer.username;
  });
}

/** Every caller may read the settings of all three; a token, if one is sent, has to be valid all the same. */
const isForEverybody = (route = '', needed: readonly string[], anonymousPortal: boolean): boolean =>
  (anonymousPortal && needed.length === 0) || route.endsWith('/settings');

/** The user of valid Basic credentials, or undefined. */
export function basicUser(request: FastifyRequest, users: Instance['users']): string | undefined {
  const credentials = basicCredentials(request);
  return credentials === undefined ? undefined : users.verify(credentials.name, credentials.secret)?.username;
}

export function basicCredentials(request: FastifyRequest): { name: string; secret: string } | undefined {
  const encoded = /^Basic\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [, name, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return name === undefined || secret === undefined ? undefined : { name, secret };
}
