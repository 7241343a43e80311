import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { badRequest, refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { pathParameter, queryParameter, withoutNulls } from '../request-body.ts';
import { devportal } from '../scopes.ts';
import type { Application, Subscription } from '../store.ts';
import { offeredApi } from './apis.ts';
import { listedApplication, ownApplication } from './applications.ts';

const Sent = z.looseObject({ applicationId: z.string(), apiId: z.string(), throttlingPolicy: z.string() });

/** Subscriptions of applications to published APIs. */
export function devportalSubscriptions(app: FastifyInstance, { store }: Instance): void {
  const path = `${devportal}/subscriptions`;

  app.get(path, async (request) => {
    const apiId = queryParameter(request, 'apiId');
    const applicationId = queryParameter(request, 'applicationId');
    if (apiId === undefined && applicationId === undefined) {
      throw badRequest('Either applicationId or apiId should be available');
    }
    const found = store.subscriptions
      .list()
      .filter((row) => apiId === undefined || row.apiId === apiId)
      .filter((row) => applicationId === undefined || row.applicationId === applicationId)
      .filter((row) => store.applications.get(row.applicationId)?.owner === request.caller);
    return page(request, found.map(shown));
  });

  app.post(path, async (request, reply) => {
    const subscription = subscribe(request.caller, request.body);
    return reply.code(201).header('location', `${path}/${subscription.subscriptionId}`).send(shown(subscription));
  });

  app.post(`${path}/multiple`, async (request) => {
    if (!Array.isArray(request.body)) throw badRequest('An array of subscriptions is expected');
    return request.body.map((body) => shown(subscribe(request.caller, body)));
  });

  app.get(`${path}/:subscriptionId`, async (request) => shown(requireSubscription(request)));

  app.delete(`${path}/:subscriptionId`, async (request, reply) => {
    store.subscriptions.remove(requireSubscription(request).subscriptionId);
    return reply.code(200).send();
  });

  function subscribe(caller: string, body: unknown): Subscription {
    const parsed = Sent.safeParse(withoutNulls(body));
    if (!parsed.success) throw badRequest(`Invalid subscription: ${z.prettifyError(parsed.error)}`);
    const { applicationId, apiId, throttlingPolicy } = parsed.data;
    const { name: application } = ownApplication(store, caller, applicationId);
    const object = store.apis.get(apiId)?.object;
    // A real 4.6.0 says the same of an API that is gone.
    if (!object || !['PUBLISHED', 'PROTOTYPED'].includes(object.lifeCycleStatus)) throw refusal('general');
    if (!object.policies.includes(throttlingPolicy)) throw refusal('planNotAllowed', throttlingPolicy);
    if (store.subscriptions.list().some((row) => row.applicationId === applicationId && row.apiId === apiId)) {
      throw refusal('subscriptionExists', `API ${object.name}-${object.version} by application ${application}`);
    }
    const subscription: Subscription = {
      subscriptionId: randomUUID(),
      applicationId,
      apiId,
      throttlingPolicy,
      status: 'UNBLOCKED',
    };
    store.subscriptions.put(subscription.subscriptionId, subscription);
    return subscription;
  }

  function requireSubscription(request: FastifyRequest): Subscription {
    const id = pathParameter(request, 'subscriptionId');
    const subscription = store.subscriptions.get(id);
    if (subscription === undefined) throw refusal('subscriptionNotFound', id);
    ownApplication(store, request.caller, subscription.applicationId);
    return subscription;
  }

  function subscriber(application: Application) {
    const { tokenType, createdTime, updatedTime } = application;
    return { ...listedApplication(application, store), tokenType, createdTime, updatedTime };
  }

  function shown(subscription: Subscription) {
    const api = store.apis.get(subscription.apiId);
    const application = store.applications.get(subscription.applicationId);
    return {
      ...subscription,
      requestedThrottlingPolicy: subscription.throttlingPolicy,
      ...(api === undefined ? {} : { apiInfo: offeredApi(api) }),
      ...(application === undefined ? {} : { applicationInfo: subscriber(application) }),
    };
  }
}
