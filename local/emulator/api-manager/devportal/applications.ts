import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { applicationPlans } from '../business-plans.ts';
import { badRequest, forbidden, refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { pathParameter, queryParameter, withoutNulls } from '../request-body.ts';
import { devportal } from '../scopes.ts';
import type { Application, Store } from '../store.ts';

const Sent = z.object({
  name: z.string().min(1).max(100),
  throttlingPolicy: z.string().min(1),
  description: z.string().max(512).default(''),
  tokenType: z.enum(['OAUTH', 'JWT']).default('JWT'),
  attributes: z.record(z.string(), z.string()).default({}),
  groups: z.array(z.string()).default([]),
});

/** Applications of the developer portal; each belongs to the user who made it. */
export function devportalApplications(app: FastifyInstance, instance: Instance): void {
  const { store, keyManagers, logger } = instance;

  app.get(`${devportal}/applications`, async (request) => {
    const query = (queryParameter(request, 'query') ?? '').toLowerCase();
    const own = store.applications
      .list()
      .filter(({ owner, name }) => owner === request.caller && name.toLowerCase().includes(query));
    return page(
      request,
      own.map((application) => listedApplication(application, store)),
    );
  });

  app.post(`${devportal}/applications`, async (request, reply) => {
    const sent = requireSent(request);
    const exists = store.applications
      .list()
      .some(({ owner, name }) => owner === request.caller && name.toLowerCase() === sent.name.toLowerCase());
    if (exists) throw refusal('applicationExists', sent.name);
    const now = String(Date.now());
    const application = {
      ...sent,
      applicationId: randomUUID(),
      owner: request.caller,
      createdTime: now,
      updatedTime: now,
    };
    store.applications.put(application.applicationId, application);
    return reply
      .code(201)
      .header('location', `${devportal}/applications/${application.applicationId}`)
      .send(shownApplication(application, store));
  });

  app.get(`${devportal}/applications/:applicationId`, async (request) =>
    shownApplication(requireApplication(store, request), store),
  );

  app.put(`${devportal}/applications/:applicationId`, async (request) => {
    const { applicationId, owner, createdTime } = requireApplication(store, request);
    const updatedTime = String(Date.now());
    const application = { ...requireSent(request), applicationId, owner, createdTime, updatedTime };
    store.applications.put(applicationId, application);
    return shownApplication(application, store);
  });

  app.delete(`${devportal}/applications/:applicationId`, async (request, reply) => {
    const { applicationId } = requireApplication(store, request);
    for (const mapping of store.keyMappings.list().filter((row) => row.applicationId === applicationId)) {
      store.keyMappings.remove(mapping.keyMappingId);
      // A client that was only mapped is not API Manager's to remove.
      if (mapping.mode !== 'CREATED' || mapping.consumerKey === undefined) continue;
      await keyManagers
        .connector(mapping.keyManager)
        ?.removeClient(mapping.consumerKey)
        .catch((error: Error) => logger.warn(`A client stays behind at ${mapping.keyManager}: ${error.message}`));
    }
    for (const subscription of store.subscriptions.list()) {
      if (subscription.applicationId === applicationId) store.subscriptions.remove(subscription.subscriptionId);
    }
    store.applications.remove(applicationId);
    return reply.code(200).send();
  });
}

/** The application that the path names. @throws a refusal if it does not exist or has another owner. */
export function requireApplication(store: Store, request: FastifyRequest): Application {
  return ownApplication(store, request.caller, pathParameter(request, 'applicationId'));
}

export function ownApplication(store: Store, caller: string, id: string): Application {
  const application = store.applications.get(id);
  if (application === undefined) throw refusal('applicationNotFound', id);
  if (application.owner !== caller) throw forbidden(`You don't have permission to access the application ${id}`);
  return application;
}

function requireSent(request: FastifyRequest): z.output<typeof Sent> {
  const parsed = Sent.safeParse(withoutNulls(request.body));
  if (!parsed.success) throw badRequest(`Invalid application: ${z.prettifyError(parsed.error)}`);
  if (!applicationPlans.includes(parsed.data.throttlingPolicy)) {
    throw badRequest(`Specified tier ${parsed.data.throttlingPolicy} is invalid`);
  }
  return parsed.data;
}

export function listedApplication(application: Application, store: Store) {
  const { applicationId, name, throttlingPolicy, description, groups, attributes, owner } = application;
  const subscriptionCount = store.subscriptions.list().filter((row) => row.applicationId === applicationId).length;
  return {
    applicationId,
    name,
    throttlingPolicy,
    description,
    status: 'APPROVED',
    groups,
    subscriptionCount,
    attributes,
    owner,
  };
}

function shownApplication(application: Application, store: Store) {
  return {
    ...listedApplication(application, store),
    tokenType: application.tokenType,
    keys: [],
    subscriptionScopes: [],
    hashEnabled: null,
    createdTime: application.createdTime,
    updatedTime: application.updatedTime,
    visibility: 'PRIVATE',
  };
}
