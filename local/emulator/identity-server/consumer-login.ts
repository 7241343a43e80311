import type { FastifyInstance } from 'fastify';
import type Provider from 'oidc-provider';
import type { UserStore } from '../user-store.ts';
import { type GrantsScopes, OIDC_SCOPES } from './scopes.ts';

interface Parts {
  provider: Provider;
  users: UserStore;
  granted: GrantsScopes;
}

/**
 * Where the login page's form is sent to (`/commonauth`): with the right password the authorization request goes on, with a wrong one
 * the page comes again. [I] The consent page, which the product shows next, is not emulated: who signs in agrees to everything.
 */
export function consumerLogin({ provider, users, granted }: Parts) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/commonauth', async ({ body }, reply) => {
      const form = body instanceof URLSearchParams ? body : new URLSearchParams();
      const key = form.get('sessionDataKey') ?? '';
      const interaction = await provider.Interaction.find(key);
      if (interaction === undefined) return reply.redirect('/authenticationendpoint/retry.do');
      const user = users.verify(form.get('username') ?? '', form.get('password') ?? '');
      if (user === undefined) {
        return reply.redirect(
          `/authenticationendpoint/login.do?sessionDataKey=${key}&authFailure=true&authFailureMsg=login.fail.message`,
        );
      }
      const { client_id: clientId = '', scope = '' } = interaction.params as Record<string, string>;
      const { all } = granted(scope.split(' '), clientId, 'consumer');
      const grant = new provider.Grant({ accountId: user.id, clientId });
      grant.addOIDCScope(all.filter((one) => OIDC_SCOPES.includes(one)).join(' '));
      grant.addResourceScope(provider.issuer, all.join(' '));
      const grantId = await grant.save();
      interaction.result = { login: { accountId: user.id }, consent: { grantId } };
      await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
      return reply.redirect(interaction.returnTo);
    });
  };
}
