import { z } from 'zod';
import type { KeyManager } from '../admin/key-manager-object.ts';
import type { Outbound, OutboundAnswer, OutboundRequest } from '../outbound.ts';
import type { Scope } from '../publisher/api-object.ts';
import type { Connector, KeyManagerClient } from './connector.ts';

// The calls are those of the connector's source (wso2-extensions/apim-km-wso2is, WSO2IS7KeyManager).

/** All scopes of API Manager live in one API resource of Identity Server. */
const RESOURCE = 'User-defined-oauth2-resource';
const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

const Resources = z.looseObject({ apiResources: z.array(z.looseObject({ id: z.string() })).nullish() });
const Scopes = z.array(z.looseObject({ name: z.string() }));
const Permissions = z.array(z.looseObject({ value: z.string(), display: z.string().nullish() })).nullish();
const Roles = z.looseObject({ Resources: z.array(z.looseObject({ id: z.string() })).nullish() });
const Role = z.looseObject({ permissions: Permissions });
const Client = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().nullish(),
  grant_types: z.array(z.string()).nullish(),
  redirect_uris: z.array(z.string()).nullish(),
});
const Token = z.looseObject({ access_token: z.string(), expires_in: z.number(), scope: z.string().nullish() });

/** The stock connector for Identity Server 7: client registration v1.1, API resources, SCIM 2 roles, Basic credentials. */
export function wso2Is7Connector(keyManager: KeyManager, outbound: Outbound): Connector {
  const property = (name: string) => String(keyManager.additionalProperties[name] ?? '');
  const basic = { username: property('Username'), password: property('Password') };
  const clients = keyManager.clientRegistrationEndpoint ?? '';
  const resources = property('api_resource_management_endpoint');
  const roles = property('is7_roles_endpoint');
  const call = (method: OutboundRequest['method'], url: string, body?: unknown) =>
    outbound.call({ method, url, basic, ...(body === undefined ? {} : { body }) });

  async function resourceId(): Promise<string | undefined> {
    const filter = encodeURIComponent(`identifier eq ${RESOURCE}`);
    const found = answered(await call('GET', `${resources}?filter=${filter}`), Resources);
    return found.apiResources?.[0]?.id;
  }

  /** False if it is known. */
  async function addScope(scope: Scope): Promise<boolean> {
    const described = {
      name: scope.name,
      displayName: scope.displayName ?? scope.name,
      description: scope.description,
    };
    const id = await resourceId();
    if (id === undefined) {
      const resource = {
        identifier: RESOURCE,
        name: 'User-defined OAuth2 Resource',
        description: 'This is Default OAuth2 Resource Representation',
        requiresAuthorization: true,
        scopes: [described],
      };
      accepted(await call('POST', resources, resource));
      return true;
    }
    const known = answered(await call('GET', `${resources}/${id}/scopes`), Scopes);
    if (known.some(({ name }) => name === scope.name)) return false;
    accepted(await call('PATCH', `${resources}/${id}`, { addedScopes: [described] }));
    return true;
  }

  async function bindToRole(scope: Scope, role: string): Promise<void> {
    const permission = { value: scope.name, display: scope.displayName ?? scope.name };
    const filter = `displayName eq ${role}`;
    const found = answered(await call('POST', `${roles}/.search`, { schemas: [SEARCH_REQUEST], filter }), Roles);
    const id = found.Resources?.[0]?.id;
    if (id === undefined) {
      if (keyManager.additionalProperties.enable_roles_creation !== true) return;
      accepted(await call('POST', roles, { displayName: role, permissions: [permission] }));
      return;
    }
    const held = answered(await call('GET', `${roles}/${id}`), Role).permissions ?? [];
    if (held.some(({ value }) => value === scope.name)) return;
    const permissions = [...held.map(({ value, display }) => ({ value, display })), permission];
    accepted(await call('PATCH', `${roles}/${id}`, { Operations: [{ op: 'replace', value: { permissions } }] }));
  }

  return {
    async hasScope(name) {
      const id = await resourceId();
      if (id === undefined) return false;
      return answered(await call('GET', `${resources}/${id}/scopes`), Scopes).some((scope) => scope.name === name);
    },
    async registerScope(scope) {
      if (!(await addScope(scope))) return;
      for (const role of scope.bindings) await bindToRole(scope, roleName(role));
    },
    async dropScope(name) {
      const id = await resourceId();
      if (id === undefined) return;
      accepted(await call('DELETE', `${resources}/${id}/scopes/${encodeURIComponent(name)}`));
    },
    async createClient({ name, displayName, grantTypes, callbackUrl }) {
      const body = {
        client_name: name,
        ext_application_display_name: displayName,
        grant_types: grantTypes,
        ...(callbackUrl === '' ? {} : { redirect_uris: callbackUrl.split(/\s*,\s*/) }),
        token_type_extension: 'JWT',
        ext_allowed_audience: 'organization',
      };
      return shown(answered(await call('POST', clients, body), Client));
    },
    async findClient(consumerKey) {
      const answer = await call('GET', `${clients}/${encodeURIComponent(consumerKey)}`);
      return answer.status === 404 ? undefined : shown(answered(answer, Client));
    },
    async removeClient(consumerKey) {
      accepted(await call('DELETE', `${clients}/${encodeURIComponent(consumerKey)}`));
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

/** API Manager's role names, as Identity Server's: `Internal/subscriber` is `subscriber`, `admin` is prefixed. */
const roleName = (role: string) =>
  role.startsWith('Internal/') ? role.slice('Internal/'.length) : `system_primary_${role}`;

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
