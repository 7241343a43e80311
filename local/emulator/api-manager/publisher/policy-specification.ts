import { parse } from 'yaml';
import { z } from 'zod';
import { serverError } from '../errors.ts';
import type { ApiManagerVersion } from '../version.ts';

const Attribute = z.object({
  name: z.string(),
  displayName: z.string().optional(),
  description: z.string().optional(),
  validationRegex: z.string().optional(),
  type: z.string().default('String'),
  required: z.boolean().default(false),
  defaultValue: z.string().optional(),
  allowedValues: z.array(z.string()).default([]),
});

const Flow = z.enum(['request', 'response', 'fault']);

const Specification = z.object({
  category: z.string().default('Mediation'),
  name: z.string().min(1),
  version: z.string().default('v1'),
  displayName: z.string().min(1),
  description: z.string().default(''),
  applicableFlows: z.array(Flow).min(1),
  supportedGateways: z.array(z.string()).min(1),
  supportedApiTypes: z.array(z.string()).min(1),
  policyAttributes: z.array(Attribute).default([]),
});

export type PolicySpecification = z.output<typeof Specification>;

/**
 * Reads an operation policy specification, YAML or JSON: the whole document (`type`, `version`, `data`) or the bare `data`, which is
 * all that 4.2 takes; that later versions take it as well is assumed. A bad one is answered with 500, not 400.
 */
export function parsePolicySpecification(
  source: string,
  { barePolicySpecification: bareOnly }: Pick<ApiManagerVersion, 'barePolicySpecification'>,
): PolicySpecification {
  let document: unknown;
  try {
    document = parse(source);
  } catch (error) {
    throw serverError(`Policy specification validation failure. ${(error as Error).message}`);
  }
  const whole = z.object({ type: z.literal('operation_policy_specification'), data: z.unknown() }).safeParse(document);
  const parsed = Specification.safeParse(whole.success && !bareOnly ? whole.data.data : document);
  if (!parsed.success) throw serverError(`Policy specification validation failure. ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
