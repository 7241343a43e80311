import type { GenerationName } from '../../programs/products.ts';
import { generations } from '../../programs/products.ts';
import { InvocationError } from '../../scripts/engine/errors.ts';
import { openProductHome, type ProductHome, type ProductHomes, productKey } from './product-home.ts';

/** Folders of unpacked distributions, as they were named. */
export interface RequestedHomes {
  apiManagerHome?: string;
  identityServerHome?: string;
}

/**
 * Reads the homes that were asked for, and what generation they make the environment.
 *
 * @param generation what was asked for, if anything was.
 * @throws {InvocationError} when a home cannot run here, or they are not of one generation.
 */
export async function openRequestedHomes(
  { apiManagerHome, identityServerHome }: RequestedHomes,
  generation: GenerationName | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ homes: ProductHomes; generation: GenerationName | undefined }> {
  const homes: ProductHomes = {
    ...(apiManagerHome !== undefined && { apiManager: await openProductHome(apiManagerHome, 'API Manager', env) }),
    ...(identityServerHome !== undefined && {
      identityServer: await openProductHome(identityServerHome, 'Identity Server', env),
    }),
  };
  const asked = generation === undefined ? [] : [{ what: '--generation', generation }];
  const named = Object.values(homes).map((home: ProductHome) => ({ what: label(home), generation: home.generation }));
  const [first, ...others] = [...asked, ...named];
  const other = others.find((one) => one.generation !== first?.generation);
  if (first !== undefined && other !== undefined) {
    throw new InvocationError(
      `${first.what} is of generation ${first.generation} and ${other.what} of generation ${other.generation}: both servers have to be of one.`,
    );
  }
  return { homes, generation: first?.generation };
}

/** Such as `Identity Server 7.1.0`. */
export const label = ({ product, version }: ProductHome): string => `${product} ${version}`;

/** What a person is to know of each home: what it is, and of which version the data are that it is configured by. */
export function describeHomes(homes: ProductHomes): string[] {
  return Object.values(homes).map((home: ProductHome) => {
    const known = versionWithData(home);
    const nearest =
      known === home.version
        ? ''
        : `; beside deployment.toml it is treated as ${known}, the nearest version of which there are data`;
    return `${label(home)} is WSO2's own, a copy of ${home.path}, on Java ${home.java.version}${nearest}.`;
  });
}

function versionWithData({ product, generation }: ProductHome): string {
  return generations[generation][productKey(product)].version;
}
