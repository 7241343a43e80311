import { z } from 'zod';

// Kubernetes describes its objects by OpenAPI, kubeconform reads JSON Schema (draft 4), which is nearly the same. What differs is here.

/** A schema of either kind. */
export type Schema = Readonly<Record<string, unknown>>;

/** Schemas by the file that kubeconform is to find them in: `<group>/<kind>_<version>.json`. */
export type SchemaFiles = Record<string, Schema>;

/** kubeconform's name of such a file; what is in no group has its version there. */
export const schemaFileTemplate = '{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json';

const schema = z.record(z.string(), z.unknown());
const kinds = z.array(z.object({ group: z.string(), version: z.string(), kind: z.string() }));
const swaggerSchema = z.object({ definitions: z.record(z.string(), schema) });
const customResourceDefinition = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({ name: z.string(), served: z.boolean(), schema: z.object({ openAPIV3Schema: schema }) }),
    ),
  }),
});

/**
 * The kinds of a release of Kubernetes, strict: a field that it does not know is wrong.
 * @param swagger the release's `api/openapi-spec/swagger.json`, parsed.
 */
export function kubernetesSchemas(swagger: unknown): SchemaFiles {
  const definitions = Object.fromEntries(
    Object.entries(swaggerSchema.parse(swagger).definitions).map(([name, definition]) => [name, strict(definition)]),
  );
  return Object.fromEntries(
    Object.entries(swaggerSchema.parse(swagger).definitions).flatMap(([name, definition]) => {
      const [kind, ...others] = kinds.parse(definition['x-kubernetes-group-version-kind'] ?? []);
      // What is of many kinds (DeleteOptions) is no object.
      if (!kind || others.length > 0) return [];
      const used = Object.fromEntries([...closure(name, definitions)].map((other) => [other, definitions[other]]));
      return [[fileOf(kind), { ...ofKind(definitions[name] ?? {}, kind), definitions: used }]];
    }),
  );
}

/**
 * The versions of a custom resource, as strict. Its validations in CEL are not among them: a JSON Schema has no place for them.
 * @param definition a CustomResourceDefinition, parsed.
 */
export function customResourceSchemas(definition: unknown): SchemaFiles {
  const { group, names, versions } = customResourceDefinition.parse(definition).spec;
  return Object.fromEntries(
    versions
      .filter(({ served }) => served)
      .map(({ name: version, schema: { openAPIV3Schema } }) => {
        const kind = { group, version, kind: names.kind };
        return [fileOf(kind), ofKind(strict(openAPIV3Schema), kind)];
      }),
  );
}

type Kind = z.output<typeof kinds>[number];

function fileOf({ group, version, kind }: Kind): string {
  return `${group || version}/${kind.toLowerCase()}_${version}.json`;
}

/** Restricts a schema to its own kind: `apiVersion` and `kind` are required, with fixed values. */
function ofKind(object: Schema, { group, version, kind }: Kind): Schema {
  const apiVersion = group ? `${group}/${version}` : version;
  return {
    ...object,
    required: [...new Set(['apiVersion', 'kind', ...((object.required as string[] | undefined) ?? [])])],
    properties: { ...(object.properties as Schema), apiVersion: { enum: [apiVersion] }, kind: { enum: [kind] } },
  };
}

/** @param open in a branch of anyOf and its like, which names only some of an object's fields. */
function strict(source: Schema, open = false): Schema {
  const { properties, items, additionalProperties, ...others } = source;
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(others)) {
    if (keyword === 'description' || keyword.startsWith('x-')) continue;
    if (Array.isArray(value) && ['allOf', 'anyOf', 'oneOf'].includes(keyword))
      result[keyword] = value.map((branch: Schema) => strict(branch, true));
    else result[keyword] = keyword === 'not' ? strict(value as Schema, true) : value;
  }
  if (source.format === 'int-or-string') result.type = ['string', 'integer'];
  if (items !== undefined) result.items = strict(items as Schema, open);
  if (properties !== undefined)
    result.properties = Object.fromEntries(
      Object.entries(properties as Record<string, Schema>).map(([name, property]) => [name, strict(property, open)]),
    );
  if (typeof additionalProperties === 'object') result.additionalProperties = strict(additionalProperties as Schema);
  else if (properties !== undefined && !open && source['x-kubernetes-preserve-unknown-fields'] !== true)
    result.additionalProperties = false;
  return result;
}

/** A definition with all that it is made of; JSONSchemaProps is made of itself. */
function closure(name: string, definitions: Record<string, Schema>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, other] of JSON.stringify(definitions[name]).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g))
    if (other !== undefined) closure(other, definitions, found);
  return found;
}
