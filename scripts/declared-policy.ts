import { createHash } from 'node:crypto';
import type { ApiManagerVersion } from '@cdr-stack/wso2';
import { z } from 'zod';
import type { ApiSettings } from './api-settings.ts';
import { readYaml } from './input-file.ts';
import { readSequence } from './vendor-sequence.ts';

/** A change of content takes the next number. */
const policyVersion = z.string().regex(/^v[1-9]\d{0,5}$/, 'must be v and a whole number, such as v1');

const policySpecification = z.looseObject({
  type: z.literal('operation_policy_specification'),
  data: z.looseObject({ name: z.string(), version: policyVersion, description: z.string() }),
});

type PolicySpecification = z.output<typeof policySpecification>;

export interface DeclaredPolicy {
  name: string;
  /** The version to begin with; a change of content takes the next free one. */
  version: string;
  /** `sha256:` and twelve digits, of specification and definition. */
  contentHash: string;
  /** The specification for a version of the policy, as JSON; its description carries the content hash. */
  specificationFor(version: string, form: ApiManagerVersion['policySpecification']): string;
  definition: string;
}

export function hashOf(...contents: string[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content).update('\0');
  return `sha256:${hash.digest('hex').slice(0, 12)}`;
}

/**
 * Reads a policy's two files, or a sequence of the vendor's own, for which a specification is made.
 *
 * @param values what is filled in for `{{name}}`, as the text of an XML attribute: no `&`, `<` or quotes.
 * @throws {InvocationError} when they are no policy, or hold a credential.
 */
export function declarePolicy(
  files: NonNullable<ApiSettings['policies']>[number],
  values: Readonly<Record<string, string>> = {},
): DeclaredPolicy {
  const { name: sequence, text } = readSequence(files.definition, files.allows);
  const definition = text.replace(/\{\{(\w+)\}\}/g, (placeholder, name: string) => values[name] ?? placeholder);
  const specified =
    files.specification === undefined
      ? specificationOf(sequence)
      : readYaml('operation policy specification', files.specification, policySpecification).value;
  const contentHash = hashOf(JSON.stringify(specified), definition);
  const { data } = specified;
  return {
    name: data.name,
    version: data.version,
    contentHash,
    definition,
    // The md5 that API Manager shows is of its own rendering of the specification (Gson, APIUtil.getMd5OfOperationPolicy)
    // and cannot be computed here; a policy cannot be changed in place, so the hash in its description is as good.
    specificationFor(version, form) {
      const described = { ...data, version, description: `${data.description.trim()} (${contentHash})` };
      return JSON.stringify(form === 'bare' ? described : { ...specified, data: described });
    },
  };
}

/** What a bare sequence leaves unsaid: it mediates requests. */
function specificationOf(name: string): PolicySpecification {
  return {
    type: 'operation_policy_specification',
    version: 'v4.2.0',
    data: {
      category: 'Mediation',
      name,
      version: 'v1',
      displayName: name,
      description: `The sequence ${name}.`,
      applicableFlows: ['request'],
      supportedGateways: ['Synapse'],
      supportedApiTypes: ['HTTP'],
      policyAttributes: [],
    },
  };
}
