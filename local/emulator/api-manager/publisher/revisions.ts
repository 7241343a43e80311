import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { badRequest, refusal, serverError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { pathParameter, queryParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import type { Api, Revision } from '../store.ts';
import { usablePolicies } from './policies.ts';
import { deploymentsOf, requireRevision, revisionsOf, shownRevision } from './revision-repository.ts';

/** Times of a list are milliseconds of the epoch, those of a single revision text. */
const withEpochs = ({ createdTime, deploymentInfo, ...rest }: ReturnType<typeof shownRevision>) => ({
  ...rest,
  createdTime: Date.parse(createdTime),
  deploymentInfo: deploymentInfo.map((deployment) => ({
    ...deployment,
    deployedTime: Date.parse(deployment.deployedTime),
    ...(deployment.successDeployedTime && { successDeployedTime: Date.parse(deployment.successDeployedTime) }),
  })),
});

const Description = z.strictObject({ description: z.string().max(255).default('') });

/** Revisions: frozen copies of an API, of which one may be deployed to an environment. */
export function publisherRevisions(app: FastifyInstance, instance: Instance): void {
  const { store, quirks } = instance;
  const path = `${publisher}/apis/:apiId/revisions`;
  const listed = (revisions: readonly Revision[]) => ({
    count: revisions.length,
    list: revisions.map((revision) => withEpochs(shownRevision(instance, revision))),
  });

  app.get(path, async (request) => {
    // Of an API that is not there, too: none.
    const all = revisionsOf(store, pathParameter(request, 'apiId'));
    const deployed = /^deployed:(true|false)$/.exec(queryParameter(request, 'query') ?? '')?.[1];
    if (deployed === undefined) return listed(all);
    return listed(all.filter(({ id }) => deploymentsOf(store, id).length > 0 === (deployed === 'true')));
  });

  app.post(path, async (request, reply) => {
    const api = store.apis.get(pathParameter(request, 'apiId'));
    // 500 here, where every other resource of revisions says 404.
    if (api === undefined) throw serverError('Error while creating the API revision');
    const parsed = Description.safeParse(request.body ?? {});
    if (!parsed.success) throw badRequest(`Invalid revision: ${z.prettifyError(parsed.error)}`);
    if (revisionsOf(store, api.object.id).length >= quirks.mostRevisions)
      throw refusal('tooManyRevisions', api.object.id);
    const revision = frozen(api, parsed.data.description);
    store.revisions.put(revision.id, revision);
    return reply
      .code(201)
      .header('location', `${publisher}/apis/${api.object.id}/revisions/${revision.id}`)
      .send(shownRevision(instance, revision));
  });

  app.get(`${path}/:revisionId`, async (request) =>
    shownRevision(instance, requireRevision(store, request, pathParameter(request, 'revisionId'))),
  );

  app.delete(`${path}/:revisionId`, async (request) => {
    const { id, apiId } = requireRevision(store, request, pathParameter(request, 'revisionId'));
    if (deploymentsOf(store, id).length > 0) throw refusal('revisionDeployed', id);
    store.revisions.remove(id);
    return listed(revisionsOf(store, apiId));
  });

  function frozen({ object, definition }: Api, description: string): Revision {
    const number = (store.revisionCounts.get(object.id) ?? 0) + 1;
    store.revisionCounts.put(object.id, number);
    return {
      id: randomUUID(),
      apiId: object.id,
      displayName: `Revision ${number}`,
      description,
      createdTime: new Date().toISOString(),
      object,
      definition,
      policies: usablePolicies(object.id, store),
    };
  }
}
