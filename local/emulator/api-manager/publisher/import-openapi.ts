import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest, refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { formMember } from '../request-body.ts';
import { publisher } from '../scopes.ts';
import { contextTemplate } from './api-context.ts';
import { type ApiObject, parseApiObject } from './api-object.ts';
import { saveApi } from './api-repository.ts';
import { requireConsistentApi, requireOwnScopes, requireUniqueApi } from './api-rules.ts';
import { inStoredForm, operationsOf, requireDefinition, scopesOf } from './openapi-definition.ts';
import { registerScopes } from './scope-registration.ts';
import { shownApi } from './shown-api.ts';

/** Makes an API from an OpenAPI definition and the members of the API object in `additionalProperties`. */
export function importOpenApi(app: FastifyInstance, instance: Instance): void {
  const { store, outbound } = instance;

  app.post(`${publisher}/apis/import-openapi`, async (request, reply) => {
    const described = describedApi(request);
    const definition = requireDefinition(await source(request));
    const object: ApiObject = {
      ...described,
      context: contextTemplate(described.context),
      lifeCycleStatus: 'CREATED',
      provider: request.caller,
      displayName: described.displayName ?? described.name,
      advertiseInfo: { apiOwner: request.caller, ...described.advertiseInfo },
      description: described.description ?? definition.info.description ?? '',
      operations: operationsOf(definition),
      scopes: scopesOf(definition).map((scope) => ({ scope, shared: false })),
    };
    requireUniqueApi(store.apis.list(), object);
    requireConsistentApi(object, store);
    requireOwnScopes(store.apis.list(), object);
    await registerScopes(instance, object);

    const id = randomUUID();
    const api = saveApi(instance, {
      object: { ...object, id },
      definition: JSON.stringify(inStoredForm(definition, object)),
    });
    return reply.code(201).header('location', `${publisher}/apis/${id}`).send(shownApi(api));
  });

  async function source(request: FastifyRequest): Promise<string | undefined> {
    const sent = formMember(request, 'file') ?? formMember(request, 'inlineAPIDefinition');
    const url = formMember(request, 'url');
    if (sent !== undefined || url === undefined) return sent;
    const answer = await outbound.call({ method: 'GET', url }).catch(() => undefined);
    if (answer?.status !== 200) throw badRequest('Exception occurred while retrieving the OpenAPI definition from URL');
    return typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  }
}

function describedApi(request: FastifyRequest): ApiObject {
  const additionalProperties = formMember(request, 'additionalProperties') ?? '';
  if (additionalProperties.trim() === '') throw refusal('propertiesMissing');
  const unreadable = (why: string) => refusal('propertiesUnreadable', why);
  let json: unknown;
  try {
    json = JSON.parse(additionalProperties);
  } catch {
    throw unreadable('It is no JSON.');
  }
  return parseApiObject(json, unreadable);
}
