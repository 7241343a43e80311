import type { FastifyInstance } from 'fastify';
import { badRequest } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { formMember, queryParameter } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import type { Api } from '../store.ts';
import { servedContext } from './api-context.ts';
import { requireApi, requireReadableApi, saveApi } from './api-repository.ts';
import { requireOwnScopes } from './api-rules.ts';
import {
  inStoredForm,
  operationsOf,
  parseDefinition,
  requireDefinition,
  scopesOf,
  withOperations,
} from './openapi-definition.ts';
import { updateScopes } from './scope-registration.ts';

/** The OpenAPI definitions of the Publisher REST API. */
export function publisherDefinitions(app: FastifyInstance, instance: Instance): void {
  app.post(`${publisher}/apis/validate-openapi`, async (request) => {
    const source = formMember(request, 'file') ?? formMember(request, 'inlineAPIDefinition');
    if (source === undefined) throw badRequest("One of 'file' and 'inlineAPIDefinition' is required.");
    try {
      const definition = parseDefinition(source);
      const { info, openapi, servers = [] } = definition;
      return {
        isValid: true,
        ...(queryParameter(request, 'returnContent') === 'true' ? { content: source } : {}),
        info: {
          name: info.title.replaceAll(' ', ''),
          version: info.version,
          context: info.title.replaceAll(' ', '').toLowerCase(),
          description: info.description ?? '',
          openAPIVersion: openapi,
          endpoints: servers.map(({ url }) => url),
          operations: operationsOf(definition).map((operation) => ({ ...operation, operationPolicies: null })),
        },
        errors: [],
      };
    } catch (error) {
      const description = (error as Error).message;
      return {
        isValid: false,
        errors: [{ code: '900754', message: 'Error while parsing OpenAPI definition', description }],
      };
    }
  });

  app.get(`${publisher}/apis/:apiId/swagger`, async (request, reply) =>
    reply.type('application/json').send(shownDefinition(requireReadableApi(instance.store, request), instance.product)),
  );

  app.put(`${publisher}/apis/:apiId/swagger`, async (request, reply) => {
    const api = requireApi(instance.store, request);
    const source = formMember(request, 'apiDefinition') ?? formMember(request, 'file');
    const definition = requireDefinition(source);
    const before = api.object.operations;
    const operations = operationsOf(definition).map((operation) => {
      // An operation that is new or another one starts without policies.
      const same = before.find(({ target, verb }) => target === operation.target && verb === operation.verb);
      return same === undefined ? operation : { ...operation, operationPolicies: same.operationPolicies };
    });
    const scopes = scopesOf(definition).map((scope) => ({ scope, shared: false }));
    const object = { ...api.object, operations, scopes };
    requireOwnScopes(instance.store.apis.list(), object);
    await updateScopes(instance, api.object, object);
    const updated = saveApi(instance, { object, definition: JSON.stringify(inStoredForm(definition, object)) });
    return reply.type('application/json').send(shownDefinition(updated, instance.product));
  });
}

/** The stored definition with what API Manager adds to it: extensions that describe the API as it is managed. */
function shownDefinition({ object, definition }: Api, product: Instance['product']): string {
  const { components, ...document } = withOperations(parseDefinition(definition), object.operations, product);
  return JSON.stringify({
    security: [{ default: [] }],
    servers: [{ url: '/' }],
    ...document,
    components: {
      ...components,
      securitySchemes: { default: ownSecurityScheme(object), ...components?.securitySchemes },
    },
    'x-wso2-auth-header': object.authorizationHeader,
    ...(product.tellsUsualAuthentication && { 'x-wso2-api-key-header': object.apiKeyHeader }),
    'x-wso2-cors': object.corsConfiguration,
    'x-wso2-production-endpoints': endpointsOf(object.endpointConfig?.production_endpoints),
    'x-wso2-sandbox-endpoints': endpointsOf(object.endpointConfig?.sandbox_endpoints),
    'x-wso2-basePath': servedContext(object.context, object.version),
    'x-wso2-transports': object.transport,
    ...(product.tellsUsualAuthentication && {
      'x-wso2-application-security': { 'security-types': ['oauth2'], optional: false },
    }),
    'x-wso2-response-cache': { enabled: object.responseCachingEnabled, cacheTimeoutInSeconds: object.cacheTimeout },
  });
}

/** By which API Manager's own tokens come. */
const ownSecurityScheme = ({ scopes }: Api['object']) => ({
  type: 'oauth2',
  flows: {
    implicit: {
      authorizationUrl: 'https://test.com',
      scopes: Object.fromEntries(scopes.map(({ scope }) => [scope.name, scope.description ?? ''])),
    },
  },
});

function endpointsOf(endpoint: unknown): { urls: string[]; type: string } {
  const url = (endpoint as { url?: string } | undefined)?.url;
  return { urls: url === undefined ? [] : [url], type: 'http' };
}
