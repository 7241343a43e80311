import { z } from 'zod';
import { jsonBody, type Rest, segment } from './rest.ts';

const texts = z.array(z.string()).nullish();

export const oidcConfigurationSchema = z.looseObject({
  clientId: z.string().nullish(),
  callbackURLs: texts,
  grantTypes: texts,
  pkce: z
    .looseObject({ mandatory: z.boolean().nullish(), supportPlainTransformAlgorithm: z.boolean().nullish() })
    .nullish(),
  accessToken: z.looseObject({ type: z.string().nullish(), bindingType: z.string().nullish() }).nullish(),
  idToken: z.looseObject({ idTokenSignedResponseAlg: z.string().nullish() }).nullish(),
  validateRequestObjectSignature: z.boolean().nullish(),
  clientAuthentication: z
    .looseObject({
      tokenEndpointAuthMethod: z.string().nullish(),
      tokenEndpointAuthSigningAlg: z.string().nullish(),
    })
    .nullish(),
  requestObject: z.looseObject({ requestObjectSigningAlg: z.string().nullish() }).nullish(),
  pushAuthorizationRequest: z.looseObject({ requirePushAuthorizationRequest: z.boolean().nullish() }).nullish(),
  subject: z.looseObject({ subjectType: z.string().nullish(), sectorIdentifierUri: z.string().nullish() }).nullish(),
});
/** All that Identity Server holds of a client's protocol. It has the client's secret: do not log it. */
export type OidcConfiguration = z.infer<typeof oidcConfigurationSchema>;

export const authorizedApiSchema = z.looseObject({
  id: z.string(),
  authorizedScopes: z.array(z.looseObject({ name: z.string() })).nullish(),
});

// Made once: a schema is compiled when it first parses.
const applicationList = z.looseObject({ applications: z.array(z.looseObject({ id: z.string() })).nullish() });
const authorizedApis = z.array(authorizedApiSchema);

/** Applications of Identity Server 7.0 and later: what dynamic registration makes a client of, and cannot say in full. */
export interface Applications {
  /** The id of the application of an OAuth client, or null. */
  idOfClient(clientId: string): Promise<string | null>;
  readOidc(applicationId: string): Promise<OidcConfiguration>;
  /** Replaces the whole: give what was read, with the changes. */
  writeOidc(applicationId: string, configuration: OidcConfiguration): Promise<void>;
  /** The names of the scopes of an API resource that the application may ask for; null when it is not authorized for that resource. */
  authorizedScopes(applicationId: string, resourceId: string): Promise<readonly string[] | null>;
  /**
   * Authorizes without a policy: roles do not count. The resource must have been created with `requiresAuthorization: false`.
   *
   * @throws Wso2Error `conflict` when the application is authorized for the resource already
   */
  authorize(applicationId: string, resourceId: string, scopes: readonly string[]): Promise<void>;
  /** Each token that carries a removed scope ends at once, and so does its refresh token. */
  changeScopes(
    applicationId: string,
    resourceId: string,
    change: { readonly added: readonly string[]; readonly removed: readonly string[] },
  ): Promise<void>;
  /** Ends the authorization. Done when it is gone, also when it was gone before. */
  withdraw(applicationId: string, resourceId: string): Promise<void>;
}

const APPLICATIONS = '/api/server/v1/applications';

export function applicationsClient(server: Rest, authorization: string): Applications {
  const at = (applicationId: string, rest: string) => ({
    path: `${APPLICATIONS}/${segment(applicationId)}/${rest}`,
    authorization,
  });
  const resourceAt = (applicationId: string, resourceId: string) =>
    at(applicationId, `authorized-apis/${segment(resourceId)}`);
  return {
    async idOfClient(clientId) {
      const request = { path: APPLICATIONS, query: { filter: `clientId eq ${clientId}` }, authorization };
      const { applications } = await server.json({ ...request, method: 'GET' }, applicationList);
      return applications?.[0]?.id ?? null;
    },
    readOidc: (applicationId) =>
      server.json({ ...at(applicationId, 'inbound-protocols/oidc'), method: 'GET' }, oidcConfigurationSchema),
    writeOidc: (applicationId, configuration) =>
      server.done({
        ...at(applicationId, 'inbound-protocols/oidc'),
        method: 'PUT',
        body: jsonBody(configuration),
      }),
    async authorizedScopes(applicationId, resourceId) {
      const request = { ...at(applicationId, 'authorized-apis'), method: 'GET' } as const;
      const found = (await server.json(request, authorizedApis)).find(({ id }) => id === resourceId);
      return found ? (found.authorizedScopes ?? []).map(({ name }) => name) : null;
    },
    authorize: (applicationId, resourceId, scopes) =>
      server.done({
        ...at(applicationId, 'authorized-apis'),
        method: 'POST',
        body: jsonBody({ id: resourceId, policyIdentifier: 'No Policy', scopes }),
      }),
    changeScopes: (applicationId, resourceId, { added, removed }) =>
      server.done({
        ...resourceAt(applicationId, resourceId),
        method: 'PATCH',
        body: jsonBody({ addedScopes: added, removedScopes: removed }),
      }),
    withdraw: (applicationId, resourceId) => server.gone(resourceAt(applicationId, resourceId)),
  };
}
