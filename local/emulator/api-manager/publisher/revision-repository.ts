import type { FastifyRequest } from 'fastify';
import { refusal } from '../errors.ts';
import { shownDeployment } from '../gateway-deployments.ts';
import type { Instance } from '../instance.ts';
import type { Revision, Store } from '../store.ts';
import { requireApi } from './api-repository.ts';

export const revisionsOf = (store: Store, apiId: string) =>
  store.revisions.list().filter((revision) => revision.apiId === apiId);

export const deploymentsOf = (store: Store, revisionId: string) =>
  store.deployments.list().filter((deployment) => deployment.revisionId === revisionId);

/** A revision of the API that the path names; a refusal when it has none with this id. */
export function requireRevision(store: Store, request: FastifyRequest, id: string): Revision {
  const { id: apiId } = requireApi(store, request).object;
  const revision = store.revisions.get(id);
  if (revision === undefined || revision.apiId !== apiId) throw refusal('revisionNotFound', id);
  return revision;
}

/** Where a revision is deployed, with what the gateway says of it. */
export const shownDeployments = ({ store, deployments }: Instance, revisionId: string) =>
  deploymentsOf(store, revisionId).map((deployment) => shownDeployment(deployment, deployments));

export const shownRevision = (instance: Instance, { id, apiId, displayName, description, createdTime }: Revision) => ({
  displayName,
  id,
  description,
  createdTime,
  apiInfo: { id: apiId },
  deploymentInfo: shownDeployments(instance, id),
});
