import { parse } from 'yaml';
import { z } from 'zod';
import { badRequest, refusal } from '../errors.ts';
import type { ApiManagerVersion } from '../version.ts';
import type { ApiObject, Operation, Scope } from './api-object.ts';

const VERBS = ['get', 'post', 'put', 'delete', 'patch', 'head', 'options'] as const;
const AUTH_TYPE = 'Application & Application User';

const Verb = z.looseObject({
  'x-auth-type': z.string().optional(),
  'x-throttling-tier': z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
});
const PathItem = z.looseObject({
  get: Verb.optional(),
  post: Verb.optional(),
  put: Verb.optional(),
  delete: Verb.optional(),
  patch: Verb.optional(),
  head: Verb.optional(),
  options: Verb.optional(),
});
const Flow = z.looseObject({
  scopes: z.record(z.string(), z.string()).optional(),
  'x-scopes-bindings': z.record(z.string(), z.string()).optional(),
});
const SecurityScheme = z.looseObject({ type: z.string(), flows: z.record(z.string(), Flow).optional() });

const Definition = z.looseObject({
  openapi: z.string().regex(/^3\./, 'only OpenAPI 3 is understood'),
  info: z.looseObject({ title: z.string(), version: z.coerce.string(), description: z.string().optional() }),
  servers: z.array(z.looseObject({ url: z.string() })).optional(),
  paths: z.record(z.string().startsWith('/'), PathItem),
  components: z.looseObject({ securitySchemes: z.record(z.string(), SecurityScheme).optional() }).optional(),
});

export type OpenApiDefinition = z.output<typeof Definition>;

/** Parses JSON or YAML; throws the reason as text. */
export function parseDefinition(source: string): OpenApiDefinition {
  let document: unknown;
  try {
    document = parse(source);
  } catch (error) {
    throw new Error(
      `The provided OpenAPI definition is not parsable as a valid JSON or YAML. ${(error as Error).message}`,
    );
  }
  const parsed = Definition.safeParse(document);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  if (Object.keys(parsed.data.paths).length === 0) throw new Error("Required property 'paths' is empty.");
  return parsed.data;
}

/** As `parseDefinition`, for requests that end with the refusal. */
export function requireDefinition(source: string | undefined): OpenApiDefinition {
  if (source === undefined) throw badRequest("One of 'file', 'url' and 'inlineAPIDefinition' is required.");
  try {
    return parseDefinition(source);
  } catch (error) {
    throw refusal('definitionInvalid', (error as Error).message);
  }
}

/** The API's operations, without policies. */
export function operationsOf(definition: OpenApiDefinition): Operation[] {
  return Object.entries(definition.paths).flatMap(([target, item]) =>
    VERBS.flatMap((verb) => {
      const described = item[verb];
      if (described === undefined) return [];
      return {
        id: '',
        target,
        verb: verb.toUpperCase() as Operation['verb'],
        authType: described['x-auth-type'] ?? AUTH_TYPE,
        throttlingPolicy: described['x-throttling-tier'] ?? 'Unlimited',
        scopes: [...new Set((described.security ?? []).flatMap((requirement) => Object.values(requirement).flat()))],
        usedProductIds: [],
        operationPolicies: { request: [], response: [], fault: [] },
        operationHubPolicies: [],
      };
    }),
  );
}

/** The scopes that the definition declares, with the roles that they are bound to. */
export function scopesOf(definition: OpenApiDefinition): Scope[] {
  const flows = Object.values(definition.components?.securitySchemes ?? {}).flatMap((scheme) =>
    Object.values(scheme.flows ?? {}),
  );
  const scopes = flows.flatMap((flow) =>
    Object.entries(flow.scopes ?? {}).map(([name, description]) => ({
      name,
      displayName: name,
      description,
      bindings: (flow['x-scopes-bindings']?.[name] ?? '').split(',').filter((role) => role !== ''),
    })),
  );
  return [...new Map(scopes.map((scope) => [scope.name, scope])).values()];
}

/** An operation that names no security gets API Manager's own, one that wants none what the version stores for that. */
function securityOf(
  described: z.output<typeof Verb> | undefined,
  { scopes, authType }: Operation,
  { storesNoSecurityAs }: Pick<ApiManagerVersion, 'storesNoSecurityAs'>,
): Record<string, string[]>[] {
  const wantsNone = described?.security?.every((requirement) => Object.keys(requirement).length === 0) ?? false;
  const isKeptSo = storesNoSecurityAs === 'nothing' || authType !== 'None';
  return wantsNone && isKeptSo ? [{}] : [{ default: scopes }];
}

/** A document in the form in which it is stored: with the API's name as title and with its version, what schemas require in the order of the alphabet. */
export function inStoredForm(
  definition: OpenApiDefinition,
  { name, version }: Pick<ApiObject, 'name' | 'version'>,
): OpenApiDefinition {
  const sorted = JSON.parse(JSON.stringify(definition), (member, value) =>
    member === 'required' && Array.isArray(value) ? value.sort() : value,
  );
  return { ...sorted, info: { ...sorted.info, title: name, version } };
}

/**
 * Makes the paths say what the API's operations say: an update may add, change and remove operations, and the stored
 * definition follows. Descriptions of operations that stay are kept.
 */
export function withOperations(
  definition: OpenApiDefinition,
  operations: readonly Operation[],
  product: Pick<ApiManagerVersion, 'tellsUsualAuthentication' | 'storesNoSecurityAs'>,
): OpenApiDefinition {
  const paths: Record<string, z.output<typeof PathItem>> = {};
  for (const operation of operations) {
    const verb = operation.verb.toLowerCase() as (typeof VERBS)[number];
    const before = definition.paths[operation.target];
    const shared = Object.fromEntries(
      Object.entries(before ?? {}).filter(([name]) => !VERBS.some((other) => other === name)),
    );
    paths[operation.target] = {
      ...shared,
      ...paths[operation.target],
      [verb]: {
        responses: { 200: { description: 'OK' } },
        ...before?.[verb],
        security: securityOf(before?.[verb], operation, product),
        ...(product.tellsUsualAuthentication || operation.authType !== AUTH_TYPE
          ? { 'x-auth-type': operation.authType }
          : {}),
        'x-throttling-tier': operation.throttlingPolicy,
        'x-wso2-application-security': { 'security-types': ['oauth2'], optional: false },
      },
    };
  }
  return { ...definition, paths };
}
