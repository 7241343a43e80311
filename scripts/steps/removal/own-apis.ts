import { type ApiManager, type ApiSummary, Wso2Error } from '@cdr-stack/wso2';
import type { Environment } from '../../environment.ts';
import { ownerOf } from '../../ownership.ts';

/** All APIs that bear our mark, declared still or not. The list lags behind and shows no marks, so each is looked at. */
export async function ownApis({ apiManager: { publisher }, apis, owner }: Environment): Promise<ApiSummary[]> {
  const listed = await publisher.listApis();
  const declared = await Promise.all(apis.map(({ api }) => api.id()));
  const ids = new Set([...listed.map(({ id }) => id), ...declared]);
  const found = await Promise.all([...ids].map((id) => (id === undefined ? undefined : apiIfThere(publisher, id))));
  return found.filter((one) => one !== undefined).filter((one) => ownerOf(one) === owner);
}

/** The declared APIs that are there and not ours, for a person to know that they stay. */
export async function foreignApis({ apiManager: { publisher }, apis, owner }: Environment): Promise<ApiSummary[]> {
  const ids = await Promise.all(apis.map(({ api }) => api.id()));
  const found = await Promise.all(ids.map((id) => (id === undefined ? undefined : apiIfThere(publisher, id))));
  return found.filter((one) => one !== undefined).filter((one) => ownerOf(one) !== owner);
}

/** An API with its marks, which lists do not show. Undefined when it is gone, though the list has it still. */
export async function apiIfThere(publisher: ApiManager['publisher'], id: string): Promise<ApiSummary | undefined> {
  try {
    return await publisher.getApi(id);
  } catch (error) {
    if (error instanceof Wso2Error && error.code === 'not-found') return undefined;
    throw error;
  }
}
