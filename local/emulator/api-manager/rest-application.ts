import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { Judge } from '../openapi-judge.ts';
import { adminApplications } from './admin/applications.ts';
import { keyManagerDiscovery } from './admin/discovery.ts';
import { adminKeyManagers } from './admin/key-managers.ts';
import { adminSettings } from './admin/settings.ts';
import { requireScopes } from './authentication.ts';
import { clientRegistration } from './client-registration.ts';
import { devportalApis } from './devportal/apis.ts';
import { applicationKeys } from './devportal/application-keys.ts';
import { devportalApplications } from './devportal/applications.ts';
import { keyGeneration } from './devportal/key-generation.ts';
import { keyMapping } from './devportal/key-mapping.ts';
import { devportalSettings } from './devportal/settings.ts';
import { devportalSubscriptions } from './devportal/subscriptions.ts';
import { asVersionSays, badRequest, notFound, Refusal, serverError } from './errors.ts';
import { answeredAtTheDoor, frontDoors } from './front-doors.ts';
import { gatewayManagement } from './gateway-management.ts';
import { identityServices } from './identity-services.ts';
import type { Instance } from './instance.ts';
import { withoutMembers } from './older-members.ts';
import { publisherApis } from './publisher/apis.ts';
import { publisherDefinitions } from './publisher/definitions.ts';
import { publisherDeployments } from './publisher/deployments.ts';
import { importOpenApi } from './publisher/import-openapi.ts';
import { publisherLifecycle } from './publisher/lifecycle.ts';
import { operationPolicies } from './publisher/policies.ts';
import { publisherRevisions } from './publisher/revisions.ts';
import { publisherSettings } from './publisher/settings.ts';
import { publisherSubscriptions } from './publisher/subscriptions.ts';
import { tokenEndpoints } from './tokens.ts';
import { userStoreService } from './user-store-service.ts';
import { versionService } from './version-service.ts';

const resources = [
  clientRegistration,
  tokenEndpoints,
  publisherSettings,
  publisherDefinitions,
  importOpenApi,
  publisherApis,
  operationPolicies,
  publisherRevisions,
  publisherDeployments,
  publisherLifecycle,
  publisherSubscriptions,
  adminSettings,
  adminKeyManagers,
  keyManagerDiscovery,
  adminApplications,
  devportalSettings,
  devportalApis,
  devportalApplications,
  applicationKeys,
  keyGeneration,
  keyMapping,
  devportalSubscriptions,
  gatewayManagement,
  userStoreService,
  versionService,
  identityServices,
  frontDoors,
];

/** Everything that API Manager serves on its management port. */
export async function restApplication(
  app: FastifyInstance,
  instance: Instance,
  judge: Judge | undefined,
): Promise<void> {
  await app.register(multipart, { attachFieldsToBody: 'keyValues', limits: { fileSize: 10_000_000 } });
  // Unlike fastify, the product accepts an empty body of any type.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_: unknown, body: string) =>
    body === '' ? undefined : parsedJson(body),
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );

  withoutMembers(app, instance.product.lacksMembers);
  if (judge !== undefined) judgeTraffic(app, judge);
  requireScopes(app, instance);

  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const refusal = asVersionSays(error instanceof Refusal ? error : unexpected(error), instance.product.refusals);
    return reply.code(refusal.status).send(refusal.body);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const answered = await answeredAtTheDoor(request, reply, instance);
    if (answered !== undefined) return answered;
    // Whatever is no web application of its own leads to the Carbon console's login.
    if (!/^\/(api|oauth2|client-registration)\//.test(request.url)) {
      return reply.code(302).header('location', `${instance.managementUrl}/carbon/admin/login.jsp`).send();
    }
    return reply.code(404).send(notFound('Requested resource not found').body);
  });
  for (const resource of resources) resource(app, instance);

  function unexpected(error: Error & { statusCode?: number }): Refusal {
    // What fastify itself refuses, such as JSON that cannot be parsed.
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return new Refusal(error.statusCode, error.statusCode, 'Bad Request', error.message);
    }
    instance.logger.error(error);
    return serverError('Internal server error');
  }
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`Error while parsing the JSON of the request: ${(error as Error).message}`);
  }
}

/** Shows every request and every answer of the REST APIs to WSO2's own definitions. */
function judgeTraffic(app: FastifyInstance, judge: Judge): void {
  const judged = (path: string) => path.startsWith('/api/am/');
  app.addHook('preHandler', async ({ method, url, query, headers, body }) => {
    const path = url.replace(/\?.*$/, '');
    if (judged(path)) judge.request(method, path, query, headers, body);
  });
  app.addHook('onSend', async ({ method, url }, reply, payload) => {
    const path = url.replace(/\?.*$/, '');
    if (judged(path)) judge.response(method, path, reply.statusCode, bodyOf(payload));
    return payload;
  });
}

function bodyOf(payload: unknown): unknown {
  if (typeof payload !== 'string') return undefined;
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
