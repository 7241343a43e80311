import { introspect, register, tokenOf } from '../identity-server-objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Ask } from '../session.ts';

/** Identity Server's tokens, and who may ask about them and end them. */
export const identityServerTokens: Probe[] = probes('identity-server', [
  {
    id: 'token-names-the-client',
    fact: 'A JWT of the client_credentials grant names its client in azp, and the issuer of the discovery document.',
    source: 'contract H.6',
    expect: { azp: true, iss: true },
    async run(session) {
      const { body: client } = await register(session, { token_type_extension: 'JWT' });
      const { body } = await tokenOf(session, client);
      const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString('utf8'));
      const { body: found } = await session.identityServer('GET', '/oauth2/token/.well-known/openid-configuration');
      return { azp: claims.azp === client.client_id, iss: claims.iss === found.issuer };
    },
  },
  {
    id: 'introspection-knows-dead-from-alive',
    fact: 'Introspection reports a token as active, and no longer once its client has revoked it.',
    source: 'RFC 7662',
    expect: { alive: true, dead: false },
    async run(session) {
      const { body: client } = await register(session, { token_type_extension: 'JWT' });
      const { body } = await tokenOf(session, client);
      const alive = await introspect(session, body.access_token);
      await session.identityServer('POST', '/oauth2/revoke', {
        body: new URLSearchParams({ token: body.access_token }),
        as: { username: client.client_id, password: client.client_secret },
      });
      const dead = await session.until(
        () => introspect(session, body.access_token),
        ({ body: told }) => told.active === false,
      );
      return { alive: alive.body.active, dead: dead.body.active };
    },
  },
  {
    id: 'next-token-ends-the-one-before',
    fact: 'A second JWT of the same client and scopes ends the first: introspection calls it inactive.',
    source: 'seen on 7.1.0',
    expect: { another: true, first: false, second: true },
    async run(session) {
      const { body: client } = await register(session, { token_type_extension: 'JWT' });
      const first = (await tokenOf(session, client)).body.access_token;
      const second = (await tokenOf(session, client)).body.access_token;
      return {
        another: first !== second,
        first: (await introspect(session, first)).body.active,
        second: (await introspect(session, second)).body.active,
      };
    },
  },
  {
    id: 'introspection-is-no-business-of-clients',
    fact: "A client's secret does not open introspection, nor do no credentials: 401. Without a token it is 400.",
    source: 'seen on 7.1.0',
    expect: { client: 401, nobody: 401, withoutToken: 400 },
    async run(session) {
      const { body: client } = await register(session);
      const ask = (form: Record<string, string>, as?: Ask['as']) =>
        session.identityServer('POST', '/oauth2/introspect', { body: new URLSearchParams(form), ...(as && { as }) });
      return {
        client: (await ask({ token: 'no-token' }, { username: client.client_id, password: client.client_secret }))
          .status,
        nobody: (await ask({ token: 'no-token' }, 'nobody')).status,
        withoutToken: (await ask({ of: 'nothing' })).status,
      };
    },
  },
  {
    id: 'tokens-are-revoked-by-their-own-client',
    fact: "Another client's token is not revoked: 401, unauthorized_client.",
    source: 'seen on 7.1.0',
    expect: { status: 401, error: 'unauthorized_client', active: true },
    async run(session) {
      const { body: owner } = await register(session, { token_type_extension: 'JWT' });
      const { body: other } = await register(session);
      const token = (await tokenOf(session, owner)).body.access_token;
      const { status, body } = await session.identityServer('POST', '/oauth2/revoke', {
        body: new URLSearchParams({ token }),
        as: { username: other.client_id, password: other.client_secret },
      });
      return { status, error: body.error, active: (await introspect(session, token)).body.active };
    },
  },
  {
    id: 'token-endpoint-says-who-is-at-fault',
    fact: 'No client and a wrong secret give 401, invalid_client; an unknown grant gives 400, invalid_request; a grant that the client does not have gives 400, unauthorized_client.',
    source: 'seen on 7.1.0',
    expect: {
      nobody: [401, 'invalid_client'],
      wrongSecret: [401, 'invalid_client'],
      unknownGrant: [400, 'invalid_request'],
      anothersGrant: [400, 'unauthorized_client'],
    },
    async run(session) {
      const { body: client } = await register(session);
      const own = { username: client.client_id, password: client.client_secret };
      const ask = async (grant_type: string, as: Ask['as'] = own) => {
        const body = new URLSearchParams({ grant_type, refresh_token: 'of-no-use' });
        const answer = await session.identityServer('POST', '/oauth2/token', { body, as });
        return [answer.status, answer.body.error];
      };
      return {
        nobody: await ask('client_credentials', 'nobody'),
        wrongSecret: await ask('client_credentials', { ...own, password: 'a-guess' }),
        unknownGrant: await ask('of_nobody'),
        anothersGrant: await ask('refresh_token'),
      };
    },
  },
]);
