import { parse } from 'smol-toml';
import { effectiveConfiguration, type Setting, settingsIn } from './effective-configuration.ts';
import { type Leaf, leavesOf } from './leaves.ts';
import type { Product, ProductConfiguration } from './product-configuration.ts';

/** A deployment.toml before the judge, with what the product makes of it. */
export interface Judged {
  product: Product;
  /** Whether the Open Banking accelerator is installed. */
  accelerator: boolean;
  configuration: ProductConfiguration;
  settings: readonly Setting[];
  leaves: readonly Leaf[];
  /** What the server starts from, by the mapper's keys, references not resolved. */
  effective: ReadonlyMap<string, unknown>;
}

/** @throws {TomlError} when the text is no TOML. */
export function readForJudging(
  product: Product,
  toml: string,
  configuration: ProductConfiguration,
  accelerator: boolean,
): Judged {
  const settings = settingsIn(parse(toml), configuration.mappings);
  const leaves = settings.flatMap(leavesOf);
  const effective = effectiveConfiguration(settings, configuration);
  return { product, accelerator, configuration, settings, leaves, effective };
}
