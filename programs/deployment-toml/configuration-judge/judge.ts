import type { Finding } from '../finding.ts';
import { readForJudging } from './judged.ts';
import type { Product, ProductConfiguration } from './product-configuration.ts';
import { referencesInTables, referencesWithoutValue } from './references.ts';
import { lateTables } from './table-order.ts';
import { unknownKeys, untoldKeys } from './unknown-keys.ts';
import { badDurations, brokenXml, refusedValues } from './values.ts';

/** What the judge has to say of a deployment.toml. */
export interface Verdict {
  findings: Finding[];
  /** Keys that it cannot judge: the product reads an array or a table above them, and the data do not list its members. */
  untold: string[];
}

/**
 * Judges the text of a `repository/conf/deployment.toml` by a product's own data: what it would ignore, what it would not start with,
 * and what would break the files that it renders.
 *
 * @param options.accelerator whether the Open Banking accelerator is installed, whose keys the product's data do not have.
 * @throws {TomlError} when the text is no TOML.
 */
export function judgeConfiguration(
  product: Product,
  toml: string,
  configuration: ProductConfiguration,
  { accelerator = false }: { accelerator?: boolean } = {},
): Verdict {
  const judged = readForJudging(product, toml, configuration, accelerator);
  const rules = [unknownKeys, referencesWithoutValue, referencesInTables, refusedValues, badDurations, brokenXml];
  return { findings: [...lateTables(toml), ...rules.flatMap((rule) => rule(judged))], untold: untoldKeys(judged) };
}
