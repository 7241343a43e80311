/** WSO2's servers that are asked, as folders of recordings name them. */
export const PRODUCTS = ['api-manager', 'identity-server'] as const;
export type Product = (typeof PRODUCTS)[number];

/** Versions of one product: from `since` on, and before `before`; each such as `4.3`. Without either, all. */
export interface Versions {
  since?: string;
  before?: string;
}

/** Whether a version, such as `4.2.0` or `4.7-prerelease`, is one of these. */
export function isOneOf({ since, before }: Versions, version: string): boolean {
  const rank = rankOf(version);
  return (since === undefined || rank >= rankOf(since)) && (before === undefined || rank < rankOf(before));
}

/** In words, for lists; empty where all are meant. */
export const versionsInWords = ({ since, before }: Versions): string =>
  [since === undefined ? '' : `since ${since}`, before === undefined ? '' : `before ${before}`]
    .filter((part) => part !== '')
    .join(', ');

/** The emulator's version to compare with a recording of this version: 4.7.0 for `4.7-prerelease`. */
export function emulatedVersion(version: string): string {
  const [major, minor, patch = '0'] = /^\d+(\.\d+)*/.exec(version)?.[0].split('.') ?? [];
  return `${major}.${minor}.${patch}`;
}

/** What a folder of recordings is called. */
export const folderOf = (product: Product, version: string): string => `${product}-${version}`;

/** Product and version of such a folder; throws for another name. */
export function versionOfFolder(folder: string): { product: Product; version: string } {
  const [, name, version] = /^([a-z-]+?)-(\d.*)$/.exec(folder) ?? [];
  const product = PRODUCTS.find((candidate) => candidate === name);
  if (product === undefined || version === undefined) {
    throw new Error(
      `${folder} is no folder of recordings: one is named for product and version, such as api-manager-4.2.0.`,
    );
  }
  return { product, version };
}

/** Major and minor in order; a patch makes no difference here. */
function rankOf(version: string): number {
  const [major = 0, minor = 0] = version.split(/[.-]/).map(Number);
  return 1000 * major + minor;
}
