import { z } from 'zod';
import type { KeyManager } from '../admin/key-manager-object.ts';
import type { OutboundAnswer } from '../outbound.ts';
import type { Connector, ConnectorNeeds, KeyManagerClient } from './connector.ts';

// Calls are those of the accelerator's OBKeyManagerImpl, which extends carbon-apimgt's AMDefaultKeyManagerImpl; the bodies of
// /keymanager-operations those of RegistrationRequestDTO and ApplicationDTO (wso2-extensions/apim-km-wso2is).

const Client = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().nullish(),
  grant_types: z.array(z.string()).nullish(),
  redirect_uris: z.array(z.string()).nullish(),
});
const Token = z.looseObject({ access_token: z.string(), expires_in: z.number(), scope: z.string().nullish() });

/** The accelerator's connector for Identity Server 6: key-manager operations, scopes with role bindings, Basic credentials. */
export function obKeyManagerConnector(
  keyManager: KeyManager,
  { outbound, serviceProviders }: ConnectorNeeds,
): Connector {
  const property = (name: string) => String(keyManager.additionalProperties[name] ?? '');
  const basic = { username: property('Username'), password: property('Password') };
  const clients = keyManager.clientRegistrationEndpoint ?? '';
  const scopes = keyManager.scopeManagementEndpoint ?? '';
  // DcrApiServiceImpl takes client ids base64url-encoded in paths.
  const clientUrl = (id: string) => `${clients}/${Buffer.from(id).toString('base64url')}`;

  return {
    async hasScope(name) {
      // It has to be reached. [I] That it knows the scope does not stop an API of this generation.
      await outbound.call({ method: 'GET', url: `${scopes}/name/${encodeURIComponent(name)}`, basic });
      return false;
    },
    async registerScope(scope) {
      const known = await outbound.call({
        method: 'GET',
        url: `${scopes}/name/${encodeURIComponent(scope.name)}`,
        basic,
      });
      if (known.status === 200) return;
      if (known.status !== 404) accepted(known);
      const body = {
        name: scope.name,
        displayName: scope.displayName ?? scope.name,
        description: scope.description,
        bindings: scope.bindings,
      };
      accepted(await outbound.call({ method: 'POST', url: scopes, basic, body }));
    },
    async createClient({ name, displayName, grantTypes, callbackUrl, owner }) {
      const body = {
        client_name: name,
        application_display_name: displayName,
        grant_types: grantTypes,
        redirect_uris: callbackUrl === '' ? [] : callbackUrl.split(/\s*,\s*/),
        token_type_extension: 'JWT',
        ext_application_owner: owner,
      };
      return shown(answered(await outbound.call({ method: 'POST', url: clients, basic, body }), Client));
    },
    async findClient(consumerKey) {
      const answer = await outbound.call({ method: 'GET', url: clientUrl(consumerKey), basic });
      if (answer.status === 404) return undefined;
      const client = shown(answered(answer, Client));
      // retrieveApplication goes on in-process: the service provider is read from API Manager's own identity tables.
      if (!serviceProviders.has(consumerKey)) {
        throw new Error(
          `no service provider for ${consumerKey} in API Manager's database: [database.identity_db] of Identity Server must be [database.apim_db] of API Manager.`,
        );
      }
      return client;
    },
    async removeClient(consumerKey) {
      accepted(await outbound.call({ method: 'DELETE', url: clientUrl(consumerKey), basic }));
    },
    async issueToken({ consumerKey, consumerSecret }) {
      const token = answered(
        await outbound.call({
          method: 'POST',
          url: keyManager.tokenEndpoint ?? '',
          basic: { username: consumerKey, password: consumerSecret ?? '' },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        }),
        Token,
      );
      return {
        accessToken: token.access_token,
        validityTime: token.expires_in,
        tokenScopes: (token.scope ?? '').split(' ').filter((scope) => scope !== ''),
      };
    },
  };
}

const shown = (client: z.output<typeof Client>): KeyManagerClient => ({
  consumerKey: client.client_id,
  consumerSecret: client.client_secret ?? undefined,
  grantTypes: client.grant_types ?? [],
  callbackUrl: (client.redirect_uris ?? []).join(','),
});

function accepted({ status, body }: OutboundAnswer): void {
  if (status >= 300) throw new Error(`Identity Server answered ${status}: ${JSON.stringify(body)}`);
}

function answered<T>(answer: OutboundAnswer, schema: z.ZodType<T>): T {
  accepted(answer);
  return schema.parse(answer.body);
}
