import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Product, type ProductConfiguration, productConfigurationSchema } from './product-configuration.ts';

/** A release's data, and which release's they are. */
export interface ReleaseConfiguration extends ProductConfiguration {
  /** The folder that they come from, such as `wso2am-4.6.0`. */
  source: string;
  /** Whether they are the release's own; else they are of the nearest that has data. */
  exact: boolean;
}

const files = {
  defaults: 'default.json',
  inferred: 'infer.json',
  mappings: 'key-mappings.json',
  units: 'unit-resolve.json',
  validators: 'validator.json',
  keys: 'keys.json',
} as const;

/**
 * Reads the data of a release, or of the nearest one of its generation.
 *
 * @param directory what `WSO2_CONFIG_DIR` names: a folder per release, such as `wso2is-7.1.0`. A name that goes on after the version
 * (`wso2am-4.7.0-approx`) is taken for that version's.
 * @throws {Error} when the generation has no data, or these are not as the products have them.
 */
export function readReleaseConfiguration(directory: string, product: Product, version: string): ReleaseConfiguration {
  const source = nearestRelease(releasesIn(directory), product, version);
  if (source === undefined) throw new Error(`${directory} has no data for the generation of ${product} ${version}.`);
  const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, source, file), 'utf8'));
  const data = Object.fromEntries(Object.entries(files).map(([member, file]) => [member, read(file)]));
  const parsed = productConfigurationSchema.parse(data);
  return { ...parsed, source, exact: source === `${product}-${version}` };
}

/** The releases that a directory has data for. */
export function releasesIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => releaseName.test(name));
}

/** The release of the same generation with the nearest version (of two, the newer one); undefined if the generation has no release. */
export function nearestRelease(releases: readonly string[], product: Product, version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = numbersOf(version);
  const distance = (release: string): number => {
    const [, otherMinor = 0, otherPatch = 0] = numbersOf(release);
    return Math.abs((otherMinor - minor) * 1000 + otherPatch - patch);
  };
  return releases
    .filter((release) => release.startsWith(`${product}-`))
    .filter((release) => generationOf(product, numbersOf(release)) === generationOf(product, [major, minor]))
    .toSorted((one, other) => distance(one) - distance(other) || other.localeCompare(one))[0];
}

const releaseName = /^wso2(?:am|is)-(\d+\.\d+\.\d+)/;

const numbersOf = (release: string): number[] => (/\d+\.\d+(\.\d+)?/.exec(release)?.[0] ?? '').split('.').map(Number);

/** API Manager 4.5 is not as 4.2 is; Identity Server changes with its major version. */
function generationOf(product: Product, [major = 0, minor = 0]: readonly number[]): string {
  return product === 'wso2am' && (major > 4 || minor >= 5) ? 'wso2am-4.5' : `${product}-${major}`;
}
