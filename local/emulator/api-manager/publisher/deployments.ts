import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { badRequest, refusal } from '../errors.ts';
import { deploymentKey, shownDeployment } from '../gateway-deployments.ts';
import type { Instance } from '../instance.ts';
import { queryParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import { requireApi, saveApi } from './api-repository.ts';
import { requireRevision, shownDeployments } from './revision-repository.ts';
import { shownApi } from './shown-api.ts';

const Places = z.array(
  z.looseObject({ name: z.string(), vhost: z.string().default(''), displayOnDevportal: z.boolean().default(true) }),
);

/** Deployment of revisions to gateway environments. Every answer is 201 and comes before the gateway has heard of it. */
export function publisherDeployments(app: FastifyInstance, instance: Instance): void {
  const { store, deployments, environments, quirks, product } = instance;
  const path = `${publisher}/apis/:apiId`;
  const named = (request: FastifyRequest) =>
    requireRevision(store, request, queryParameter(request, 'revisionId') ?? '');

  app.get(`${path}/deployments`, async (request) => {
    const { id } = requireApi(store, request).object;
    const own = store.deployments.list().filter(({ apiId }) => apiId === id);
    return { list: own.map((deployment) => shownDeployment(deployment, deployments)) };
  });

  app.post(`${path}/deploy-revision`, async (request, reply) => {
    const { id: revisionId, apiId } = named(request);
    const places = requirePlaces(request);
    if (requireApi(store, request).object.lifeCycleStatus === 'RETIRED') throw refusal('deploymentOfRetired');
    for (const { name, vhost } of places) requirePlace(name, vhost);
    for (const { name: environment, vhost, displayOnDevportal } of places) {
      const key = deploymentKey(apiId, environment);
      const current = store.deployments.get(key);
      // A revision that is deployed there already sends no event, whatever has become of it at the gateway.
      if (quirks.redeployIsSilent && current?.revisionId === revisionId && current.vhost === vhost) continue;
      const deployedTime = new Date().toISOString();
      store.deployments.put(key, { apiId, revisionId, environment, vhost, displayOnDevportal, deployedTime });
      deployments.announce(apiId, environment);
    }
    return reply.code(quirks.deploymentStatus).send(shownDeployments(instance, revisionId));
  });

  app.post(`${path}/undeploy-revision`, async (request, reply) => {
    const { id: revisionId, apiId } = named(request);
    for (const { name } of requirePlaces(request)) {
      const key = deploymentKey(apiId, name);
      if (store.deployments.get(key)?.revisionId !== revisionId) continue;
      store.deployments.remove(key);
      deployments.announce(apiId, name);
    }
    return reply.code(quirks.deploymentStatus).send(shownDeployments(instance, revisionId));
  });

  app.post(`${path}/restore-revision`, async (request, reply) => {
    const { object, definition, policies, apiId } = named(request);
    const { lifeCycleStatus } = requireApi(store, request).object;
    for (const policy of store.policies.list()) if (policy.apiId === apiId) store.policies.remove(policy.id);
    for (const policy of policies) store.policies.put(policy.id, policy);
    const api = saveApi(instance, { object: { ...object, lifeCycleStatus }, definition });
    return reply.code(quirks.deploymentStatus).send(shownApi(api));
  });

  function requirePlace(name: string, vhost: string): void {
    const environment = environments.find((candidate) => candidate.name === name);
    if (environment === undefined) throw refusal('environmentUnknown', name);
    if (!product.takesAnyVhost && !environment.vhosts.some(({ host }) => host === vhost)) throw refusal('vhostUnknown');
  }
}

function requirePlaces(request: FastifyRequest): z.output<typeof Places> {
  const parsed = Places.safeParse(request.body ?? []);
  if (!parsed.success) throw badRequest(`Invalid deployments: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
