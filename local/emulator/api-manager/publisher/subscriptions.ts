import type { FastifyInstance } from 'fastify';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { queryParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';

/** Who subscribes to an API, as its publisher sees it: applications of all users. */
export function publisherSubscriptions(app: FastifyInstance, { store }: Instance): void {
  app.get(`${publisher}/subscriptions`, async (request) => {
    const apiId = queryParameter(request, 'apiId');
    const found = store.subscriptions.list().filter((row) => apiId === undefined || row.apiId === apiId);
    return page(
      request,
      found.map(({ subscriptionId, applicationId, throttlingPolicy, status }) => {
        const application = store.applications.get(applicationId);
        return {
          subscriptionId,
          throttlingPolicy,
          subscriptionStatus: status,
          applicationInfo: {
            applicationId,
            name: application?.name ?? '',
            subscriber: application?.owner ?? '',
            description: application?.description ?? '',
            subscriptionCount: 0,
          },
        };
      }),
    );
  });
}
