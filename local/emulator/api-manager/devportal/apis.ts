import type { FastifyInstance } from 'fastify';
import { refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { servedContext } from '../publisher/api-context.ts';
import { findApi } from '../publisher/api-repository.ts';
import { pathParameter, queryParameter } from '../request-body.ts';
import { devportal } from '../scopes.ts';
import type { Api } from '../store.ts';

/** Published APIs that everybody may see; the emulator has one user, who sees restricted ones in the Publisher only. */
export function devportalApis(app: FastifyInstance, { search, store, environments }: Instance): void {
  const visible = ({ object }: Api) =>
    ['PUBLISHED', 'PROTOTYPED', 'DEPRECATED', 'BLOCKED'].includes(object.lifeCycleStatus) &&
    object.visibility === 'PUBLIC';

  app.get(`${devportal}/apis`, async (request) =>
    page(
      request,
      search
        .find(queryParameter(request, 'query') ?? '')
        .filter(visible)
        .map(offeredApi),
    ),
  );

  app.get(`${devportal}/apis/:apiId`, async (request) => {
    const id = pathParameter(request, 'apiId');
    const api = findApi(store, id);
    if (!visible(api)) throw refusal('apiNotFound', id);
    const { object } = api;
    const deployed = store.deployments
      .list()
      .filter(({ apiId, displayOnDevportal }) => apiId === id && displayOnDevportal);
    return {
      ...offeredApi(api),
      isDefaultVersion: object.isDefaultVersion,
      transport: object.transport,
      operations: object.operations.map(({ target, verb }) => ({ id: '', target, verb })),
      authorizationHeader: object.authorizationHeader,
      securityScheme: object.securityScheme,
      tags: object.tags,
      tiers: object.policies.map((tierName) => ({ tierName, tierPlan: 'FREE' })),
      hasThumbnail: object.hasThumbnail,
      additionalProperties: object.additionalProperties.filter(({ display }) => display),
      endpointURLs: deployed.flatMap(({ environment: name, vhost }) => {
        const environment = environments.find((candidate) => candidate.name === name);
        if (environment === undefined) return [];
        const port = environment.vhosts.find(({ host }) => host === vhost)?.httpsPort ?? 8243;
        return {
          environmentName: name,
          environmentDisplayName: environment.displayName,
          environmentType: environment.type,
          URLs: { https: `https://${vhost}:${port}${servedContext(object.context, object.version)}` },
        };
      }),
      environmentList: deployed.map(({ environment }) => environment),
      scopes: object.scopes.map(({ scope }) => ({
        key: scope.name,
        name: scope.displayName ?? scope.name,
        roles: scope.bindings,
        description: scope.description ?? '',
      })),
      categories: object.categories,
      keyManagers: object.keyManagers,
    };
  });
}

/** An API as the developer portal lists it; unlike the Publisher, with the version in its context. */
export function offeredApi({ object }: Api) {
  return {
    id: object.id,
    name: object.name,
    displayName: object.displayName ?? object.name,
    description: object.description ?? '',
    context: servedContext(object.context, object.version),
    version: object.version,
    type: object.type,
    createdTime: object.createdTime ?? '',
    provider: object.provider ?? '',
    lifeCycleStatus: object.lifeCycleStatus,
    avgRating: '0.0',
    throttlingPolicies: object.policies,
    advertiseInfo: object.advertiseInfo,
    businessInformation: object.businessInformation,
    isSubscriptionAvailable: true,
    monetizationLabel: 'FREE',
    gatewayType: object.gatewayType,
    gatewayVendor: object.gatewayVendor,
    additionalProperties: object.additionalProperties.filter(({ display }) => display),
    monetizedInfo: false,
    egress: object.egress,
    subtype: 'DEFAULT',
  };
}
