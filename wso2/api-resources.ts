import { z } from 'zod';
import { jsonBody, type Rest, segment } from './rest.ts';

const resource = z.looseObject({
  id: z.string(),
  identifier: z.string(),
  description: z.string().nullish(),
  requiresAuthorization: z.boolean().nullish(),
});

export const apiResourceListSchema = z.looseObject({ apiResources: z.array(resource).nullish() });

export const apiResourceSchema = resource.extend({
  scopes: z.array(z.looseObject({ name: z.string() })).nullish(),
});

/** An API resource of Identity Server, with the names of its scopes. */
export interface ApiResource {
  readonly id: string;
  readonly identifier: string;
  readonly description?: string | undefined;
  /** Whether a consumer needs a role for its scopes. Fixed at creation. */
  readonly requiresAuthorization?: boolean | undefined;
  readonly scopes: readonly string[];
}

export interface ApiResourceBody {
  identifier: string;
  name: string;
  description: string;
  requiresAuthorization: boolean;
  scopes: readonly string[];
}

export interface ApiResourceChange {
  description?: string;
  addedScopes?: readonly string[];
}

/** API resources of Identity Server 7.0 and later: what scopes belong to. */
export interface ApiResources {
  /** The resource of this identifier, or null. Two calls: lists show no scopes. */
  find(identifier: string): Promise<ApiResource | null>;
  /** Not an upsert: an identifier or a scope's name that exists is a `conflict`. */
  create(body: ApiResourceBody): Promise<void>;
  /** Scopes that it does not name stay, and so does what clients are authorized for; replacing the list would empty that. */
  change(id: string, change: ApiResourceChange): Promise<void>;
  /** Ends every token and refresh token that carries the scope. Done when it is gone, also when it was gone before. */
  removeScope(id: string, name: string): Promise<void>;
  /** Takes its scopes from all clients. Done when the resource is gone, also when it was gone before. */
  remove(id: string): Promise<void>;
}

const RESOURCES = '/api/server/v1/api-resources';

export function apiResourcesClient(server: Rest, authorization: string): ApiResources {
  return {
    async find(identifier) {
      const query = { filter: `identifier eq ${identifier}` };
      const request = { method: 'GET', path: RESOURCES, query, authorization } as const;
      const { apiResources } = await server.json(request, apiResourceListSchema);
      const listed = apiResources?.find((one) => one.identifier === identifier);
      if (!listed) return null;
      const path = `${RESOURCES}/${segment(listed.id)}`;
      const { id, scopes, description, requiresAuthorization } = await server.json(
        { method: 'GET', path, authorization },
        apiResourceSchema,
      );
      return {
        ...{ id, identifier },
        ...(typeof description === 'string' && { description }),
        ...(typeof requiresAuthorization === 'boolean' && { requiresAuthorization }),
        scopes: (scopes ?? []).map(({ name }) => name),
      };
    },
    create: ({ scopes, ...members }) =>
      server.done({
        ...{ method: 'POST', path: RESOURCES, authorization },
        body: jsonBody({ ...members, scopes: scopes.map(named) }),
      }),
    // A list of removed scopes in it, even an empty one, is answered 501.
    change: (id, { addedScopes = [], ...members }) =>
      server.done({
        ...{ method: 'PATCH', path: `${RESOURCES}/${segment(id)}`, authorization },
        body: jsonBody({ ...members, addedScopes: addedScopes.map(named) }),
      }),
    removeScope: (id, name) =>
      server.gone({ path: `${RESOURCES}/${segment(id)}/scopes/${segment(name)}`, authorization }),
    remove: (id) => server.gone({ path: `${RESOURCES}/${segment(id)}`, authorization }),
  };
}

const named = (name: string) => ({ name, displayName: name, description: name });
