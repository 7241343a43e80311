import type { FastifyRequest } from 'fastify';
import { refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { pathParameter } from '../request-body.ts';
import type { Api, Store } from '../store.ts';

/** The API that the path names. @throws a refusal if the API does not exist. */
export function requireApi(store: Store, request: FastifyRequest): Api {
  return findApi(store, pathParameter(request, 'apiId'));
}

/** The API that the path names, or the one that a revision froze, by the revision's id: these can be read alike. */
export function requireReadableApi(store: Store, request: FastifyRequest): Api {
  const revision = store.revisions.get(pathParameter(request, 'apiId'));
  if (!revision) return requireApi(store, request);
  const { id, apiId, displayName, object, definition } = revision;
  const revisionId = Number(displayName.match(/\d+$/)?.[0]);
  return { definition, object: { ...object, id, isRevision: true, revisionedApiId: apiId, revisionId } };
}

export function findApi(store: Store, id: string): Api {
  const api = store.apis.get(id);
  if (api === undefined) throw refusal('apiNotFound', id);
  return api;
}

/** Writes an API and lets the search index hear of it. */
export function saveApi({ store, search }: Pick<Instance, 'store' | 'search'>, { object, definition }: Api): Api {
  const now = new Date();
  const api: Api = {
    definition,
    object: {
      ...object,
      createdTime: object.createdTime ?? String(now.getTime()),
      lastUpdatedTime: String(now.getTime()),
      lastUpdatedTimestamp: now.toISOString(),
    },
  };
  store.apis.put(api.object.id, api);
  search.announce(api.object.id);
  return api;
}
