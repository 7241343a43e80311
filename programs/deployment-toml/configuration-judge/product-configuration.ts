import { z } from 'zod';
import { readKeysSchema } from './read-keys.ts';

/** The two of WSO2's, by the prefix of their releases: API Manager and Identity Server. */
export const products = ['wso2am', 'wso2is'] as const;

export type Product = (typeof products)[number];

/** What a rule of `validator.json` asks of a value, where the values in `if` are so. */
const validation = z.looseObject({
  if: z.record(z.string(), z.unknown()).optional(),
  /** Java's syntax, for the whole value. The products' mapper enforces no other member: `match_regex` is never looked at. */
  regex: z.string().optional(),
  error_message: z.string().optional(),
});

/**
 * How a release of a product reads its deployment.toml, according to the data in its `repository/resources/conf`: keys are mapped, then
 * values inferred, then defaults added, then references resolved, then units and values judged. Keys are dotted and flat.
 */
export const productConfigurationSchema = z.object({
  defaults: z.record(z.string(), z.unknown()),
  /** By key, in which `$1` is any segment, and by value: what else is then set. */
  inferred: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))),
  mappings: z.record(z.string(), z.union([z.string().transform((key) => [key]), z.array(z.string())])),
  /** The unit of each duration. */
  units: z.object({ time: z.record(z.string(), z.string()) }),
  validators: z.record(z.string(), z.array(validation)),
  keys: readKeysSchema,
});

export type ProductConfiguration = z.output<typeof productConfigurationSchema>;
