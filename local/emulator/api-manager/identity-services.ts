import { randomBytes } from 'node:crypto';
import type { FastifyInstance, preHandlerAsyncHookHandler } from 'fastify';
import { isOwnApplication } from '../own-application.ts';
import { basicUser } from './authentication.ts';
import type { Instance } from './instance.ts';
import { formMember } from './request-body.ts';
import type { OAuthClient } from './store.ts';

type OneScope = { Params: { name: string } };

/**
 * The part of Identity Server's management that API Manager contains as well (with identity-carbon-auth-rest), as far as callers can reach
 * it: clients of the resident key manager, scopes, introspection. Open to the administrator, and to the server's own application.
 */
export function identityServices(app: FastifyInstance, instance: Instance): void {
  const { store, tokens, users, ownApplication } = instance;
  const isAdministrator = (name: string | undefined) => name !== undefined && users.find(name)?.roles.includes('admin');
  const guard: preHandlerAsyncHookHandler = async (request, reply) => {
    const { authorization } = request.headers;
    if (isOwnApplication(authorization, ownApplication)) return;
    const user = basicUser(request, users);
    if (isAdministrator(user)) return;
    const [code, message] = user === undefined ? [401, 'Unauthorized'] : [403, 'Forbidden'];
    await reply.code(Number(code)).send({ code, message, description: message });
  };
  const guarded = { preHandler: guard };
  const scopes = new Set<string>();

  for (const tenant of ['', '/t/carbon.super']) {
    const clients = `${tenant}/keymanager-operations/dcr/register`;
    app.post<{ Body: { client_name?: string; grant_types?: string[] } }>(clients, guarded, async ({ body }, reply) => {
      const client: OAuthClient = {
        clientId: randomBytes(14).toString('base64url'),
        clientSecret: randomBytes(21).toString('base64url'),
        clientName: String(body?.client_name),
        callbackUrl: '',
        grantTypes: body?.grant_types ?? [],
        owner: users.administrator,
      };
      store.residentClients.put(client.clientId, client);
      const { clientId: client_id, clientSecret: client_secret, clientName: client_name } = client;
      return reply.code(201).send({ client_id, client_secret, client_name, grant_types: client.grantTypes });
    });
    app.delete<{ Params: { encodedId: string } }>(`${clients}/:encodedId`, guarded, async ({ params }, reply) => {
      store.residentClients.remove(Buffer.from(params.encodedId, 'base64url').toString());
      return reply.code(204).send();
    });

    const scopePath = `${tenant}/api/identity/oauth2/v1.0/scopes`;
    app.get(scopePath, guarded, async () => [...scopes].map((name) => ({ name, displayName: name })));
    app.post<{ Body: { name?: string } }>(scopePath, guarded, async ({ body }, reply) => {
      const name = String(body?.name);
      scopes.add(name);
      return reply.code(201).send({ name, displayName: name });
    });
    app.delete<OneScope>(`${scopePath}/name/:name`, guarded, async ({ params }, reply) =>
      reply.code(scopes.delete(params.name) ? 200 : 404).send(),
    );

    app.post(`${tenant}/oauth2/introspect`, guarded, async (request) => {
      const bearer = await tokens.verify(formMember(request, 'token') ?? '');
      return bearer === undefined ? { active: false } : { active: true, scope: bearer.scopes.join(' ') };
    });
  }
}
