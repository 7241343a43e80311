import type { FastifyInstance } from 'fastify';
import { badRequest, conflict, refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { queryParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import { type ApiObject, parseApiObject } from './api-object.ts';
import { requireApi, requireReadableApi, saveApi } from './api-repository.ts';
import { requireConsistentApi, requireOwnScopes, requirePolicies } from './api-rules.ts';
import { withEndpointSecretsOf } from './endpoint-secrets.ts';
import { parseDefinition, withOperations } from './openapi-definition.ts';
import { withPolicyIds } from './policies.ts';
import { updateScopes } from './scope-registration.ts';
import { listedApi, shownApi } from './shown-api.ts';

/** APIs of the Publisher REST API. An update takes the whole object; the last writer wins. */
export function publisherApis(app: FastifyInstance, instance: Instance): void {
  const { store, search, deployments, quirks, product } = instance;

  app.get(`${publisher}/apis`, async (request) =>
    page(request, search.find(queryParameter(request, 'query') ?? '').map(listedApi)),
  );

  app.get(`${publisher}/apis/:apiId`, async (request) => shownApi(requireReadableApi(store, request)));

  app.put(`${publisher}/apis/:apiId`, async (request) => {
    const stored = requireApi(store, request);
    const { lifeCycleStatus } = stored.object;
    const object = updated(parseApiObject(request.body, badRequest), stored.object);
    if (lifeCycleStatus === 'PUBLISHED' && object.policies.length === 0) throw refusal('noPlans');
    requireConsistentApi(object, store);
    requireOwnScopes(store.apis.list(), object);
    requirePolicies(object.id, object, store);
    await updateScopes(instance, stored.object, object);

    const operations = withPolicyIds(object.operations, object.id, store);
    const definition = withOperations(parseDefinition(stored.definition), operations, product);
    const saved = saveApi(instance, { object: { ...object, operations }, definition: JSON.stringify(definition) });
    return shownApi(quirks.staleUpdateAnswer ? stored : saved);
  });

  app.delete(`${publisher}/apis/:apiId`, async (request, reply) => {
    const { id, name, version } = requireApi(store, request).object;
    if (store.subscriptions.list().some((subscription) => subscription.apiId === id)) {
      throw conflict(`Cannot remove the API ${name}-${version} as active subscriptions exist`);
    }
    for (const { environment, apiId } of store.deployments.list().filter((deployment) => deployment.apiId === id)) {
      store.deployments.remove(`${apiId} ${environment}`);
      deployments.announce(apiId, environment);
    }
    for (const revision of store.revisions.list()) if (revision.apiId === id) store.revisions.remove(revision.id);
    for (const policy of store.policies.list()) if (policy.apiId === id) store.policies.remove(policy.id);
    store.revisionCounts.remove(id);
    store.apis.remove(id);
    search.announce(id);
    return reply.code(200).send();
  });
}

/** What was sent, but for what an update cannot change. */
function updated(sent: ApiObject, stored: ApiObject & { id: string }): ApiObject & { id: string } {
  const { id, name, version, context, provider, lifeCycleStatus, createdTime, endpointConfig } = stored;
  return {
    ...sent,
    id,
    name,
    version,
    context,
    lifeCycleStatus,
    provider,
    createdTime,
    endpointConfig: withEndpointSecretsOf(sent.endpointConfig, endpointConfig),
  };
}
