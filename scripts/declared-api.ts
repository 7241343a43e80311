import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import type { StackOutputs } from '../programs/outputs.ts';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import type { Settings } from './settings.ts';

const openApi = z.looseObject({
  openapi: z.string().startsWith('3.', 'must be OpenAPI 3'),
  paths: z.record(z.string(), z.looseObject({})),
});

const policySpecification = z.looseObject({
  type: z.literal('operation_policy_specification'),
  data: z.looseObject({ name: z.string(), version: z.string(), description: z.string() }),
});

export type OpenApi = z.output<typeof openApi>;

export interface DeclaredPolicy {
  name: string;
  /** The version to begin with; a change of content takes the next free one. */
  version: string;
  /** `sha256:` and twelve digits, of specification and definition. */
  contentHash: string;
  /** The specification for a version, as JSON; its description carries the content hash. */
  specificationFor(version: string): string;
  definition: string;
}

/** The API with its policy, as the files and settings declare it. */
export interface DeclaredApi {
  name: string;
  version: string;
  /** The context with the version in it, such as `/open-banking/0.2`. */
  path: string;
  /** OpenAPI as written, and as read. */
  definitionText: string;
  definition: OpenApi;
  policy: DeclaredPolicy;
  /** Fields of the API object that endpoint, plans and key managers make up. */
  runtime: Record<string, unknown>;
}

export function hashOf(...contents: string[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content).update('\0');
  return `sha256:${hash.digest('hex').slice(0, 12)}`;
}

function parseFile<T>(what: string, file: string, schema: z.ZodType<T>): { text: string; value: T } {
  const text = readFileOf(what, file);
  let written: unknown;
  try {
    written = parse(text);
  } catch (error) {
    throw new InvocationError(`${file} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(written);
  if (parsed.success) return { text, value: parsed.data };
  throw new InvocationError(`${file} is no ${what}:\n${z.prettifyError(parsed.error)}`);
}

/** Reads the files that the settings name. */
export function declareApi({ api, policy, keyManager }: Settings, outputs: StackOutputs): DeclaredApi {
  const definition = parseFile('OpenAPI definition', api.definition, openApi);
  const endpoint = { url: api.endpoint ?? outputs.dcrService.url };
  return {
    name: api.name,
    version: api.version,
    path: api.context.replace('{version}', api.version),
    definitionText: definition.text,
    definition: definition.value,
    policy: declarePolicy(policy),
    runtime: {
      endpointConfig: { endpoint_type: 'http', production_endpoints: endpoint, sandbox_endpoints: endpoint },
      policies: api.businessPlans,
      apiThrottlingPolicy: api.throttlingPolicy,
      keyManagers: [keyManager.name],
      transport: api.transport,
      visibility: api.visibility,
    },
  };
}

function declarePolicy({ specification, definition }: Settings['policy']): DeclaredPolicy {
  const specified = parseFile('operation policy specification', specification, policySpecification).value;
  const definitionText = readFileOf('policy definition', definition);
  const contentHash = hashOf(JSON.stringify(specified), definitionText);
  const { data } = specified;
  return {
    name: data.name,
    version: data.version,
    contentHash,
    definition: definitionText,
    // The md5 that API Manager shows is of its own rendering of the specification (Gson, APIUtil.getMd5OfOperationPolicy)
    // and cannot be computed here; a policy cannot be changed in place, so the hash in its description is as good.
    specificationFor: (version) =>
      JSON.stringify({
        ...specified,
        data: { ...data, version, description: `${data.description.trim()} (${contentHash})` },
      }),
  };
}
