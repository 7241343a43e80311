import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { basicUser } from './authentication.ts';
import { badRequest, forbidden, serverError, unauthenticated } from './errors.ts';
import type { Instance } from './instance.ts';
import type { OAuthClient } from './store.ts';

const Registration = z.looseObject({
  clientName: z.string().regex(/^[A-Za-z0-9 ._-]+$/),
  callbackUrl: z.string().optional(),
  owner: z.string(),
  grantType: z.string().default('client_credentials'),
  saasApp: z.boolean().default(true),
  tokenType: z.string().default('JWT'),
});

/** Client registration v0.17: makes or finds a client of the REST APIs by its name, and always answers 200. */
export function clientRegistration(app: FastifyInstance, { users, store, quirks, clock, product }: Instance): void {
  let openedAt = Number.POSITIVE_INFINITY;
  app.addHook('onListen', async () => {
    openedAt = clock.now();
  });

  app.post('/client-registration/v0.17/register', async (request) => {
    // The health check is 200 some time before this web application has started.
    if (clock.now() < openedAt + quirks.registrationWarmUpMs) {
      throw serverError('Dynamic Client Registration Service not available');
    }
    const username = basicUser(request, users);
    if (username === undefined) throw unauthenticated();
    const parsed = Registration.safeParse(request.body);
    if (!parsed.success) throw badRequest(`Invalid client registration: ${z.prettifyError(parsed.error)}`);
    const { clientName, callbackUrl = '', owner, grantType, saasApp, tokenType } = parsed.data;
    if (owner.replace(/@carbon\.super$/, '') !== username) {
      throw badRequest(`Logged in user '${username}' and application owner '${owner}' should be same.`);
    }

    // A name is one owner's in the whole tenant (RegistrationServiceImpl; api-manager 4495); 4.2 gives the client away all the same.
    const known = store.restClients.get(clientName);
    const isForeign = known !== undefined && known.owner !== username;
    if (isForeign && !product.givesAwayRestClients) throw forbidden('Access is forbidden to the application');
    const given: OAuthClient = {
      clientId: known?.clientId ?? randomBytes(14).toString('base64url'),
      clientSecret: known?.clientSecret ?? randomBytes(21).toString('base64url'),
      clientName,
      callbackUrl,
      grantTypes: grantType.split(/\s+/),
      owner: username,
    };
    // One that is given away stays as its owner has it.
    const client = isForeign ? known : given;
    store.restClients.put(clientName, client);
    const attributes = JSON.stringify({ grant_types: grantType, redirect_uris: callbackUrl, client_name: clientName });
    return {
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      clientName,
      callBackURL: callbackUrl,
      isSaasApplication: saasApp,
      appOwner: username,
      jsonString: attributes,
      jsonAppAttribute: '{}',
      applicationUUID: randomUUID(),
      tokenType,
    };
  });
}
