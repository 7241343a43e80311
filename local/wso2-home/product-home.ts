import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type GenerationName, generations } from '../../programs/products.ts';
import { InvocationError } from '../../scripts/engine/errors.ts';
import { findJavaRuntime, type JavaRuntime } from './java-runtime.ts';

/** WSO2's products as their own files name them. */
export type ProductName = 'API Manager' | 'Identity Server';

/** An unpacked distribution of WSO2's, as people download it. It is read and never written to. */
export interface ProductHome {
  /** Its real path: no symbolic link. */
  path: string;
  product: ProductName;
  /** Such as `7.1.0`. */
  version: string;
  generation: GenerationName;
  /** What runs it. */
  java: JavaRuntime;
}

/** Homes that are to run in place of the emulator. */
export interface ProductHomes {
  apiManager?: ProductHome;
  identityServer?: ProductHome;
}

/** Which minor versions a generation takes, from the first to the last one, as far as they are out. */
interface Line {
  generation: GenerationName;
  from: string;
  to: string;
}

const lines: Record<ProductName, readonly Line[]> = {
  'API Manager': [
    { generation: '4.2', from: '4.2', to: '4.2' },
    { generation: '4.7', from: '4.5', to: '4.99' },
  ],
  'Identity Server': [
    { generation: '4.2', from: '6.0', to: '6.99' },
    { generation: '4.7', from: '7.0', to: '7.99' },
  ],
};

const accepted: Record<ProductName, string> = {
  'API Manager': 'API Manager 4.2, and 4.5 or a later 4',
  'Identity Server': 'Identity Server 6 and 7',
};

/** A product's name among a generation's data, and among homes. */
export const productKey = (product: ProductName): keyof ProductHomes =>
  product === 'API Manager' ? 'apiManager' : 'identityServer';

/** What starts a product, in `bin/` of its home. */
export const startScript = ({ product, generation }: Pick<ProductHome, 'product' | 'generation'>): string =>
  generations[generation][productKey(product)].script;

/**
 * Reads product and version of an unpacked distribution, and finds a Java for it.
 *
 * @param env with JAVA_HOME or PATH.
 * @throws {InvocationError} if the directory is not a distribution, is of the other product or of an unsupported version, or if there is no
 * Java for it: with what was found and what is accepted.
 */
export async function openProductHome(
  directory: string,
  product: ProductName,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ProductHome> {
  const path = await realpath(directory).catch(() => {
    throw new InvocationError(`${directory} does not exist: give the folder of an unpacked ${product}.`);
  });
  const text = await readFile(join(path, 'bin', 'version.txt'), 'utf8').catch(() => undefined);
  if (text === undefined) throw new InvocationError(await noHome(path, product));
  const [, found, version] = /^WSO2 (API Manager|Identity Server) v?(\d+\.\d+\.\d+)/.exec(text.trim()) ?? [];
  if (found === undefined || version === undefined) {
    throw new InvocationError(
      `bin/version.txt of ${path} says '${text.trim().slice(0, 80)}': needed is ${accepted[product]}.`,
    );
  }
  if (found !== product) {
    throw new InvocationError(`${path} is ${found} ${version}: needed is ${accepted[product]}.`);
  }
  const line = lines[product].find(({ from, to }) => rank(from) <= rank(version) && rank(version) <= rank(to));
  if (line === undefined) {
    throw new InvocationError(
      `${path} is ${product} ${version}, which is not supported: needed is ${accepted[product]}.`,
    );
  }
  const { generation } = line;
  const script = join(path, 'bin', startScript({ product, generation }));
  return { path, product, version, generation, java: await findJavaRuntime(`${product} ${version}`, script, env) };
}

/** Why a folder is no home; people name the one above it. */
async function noHome(path: string, product: ProductName): Promise<string> {
  const inside = await readdir(path).catch(() => []);
  const better = inside.find((name) => /^wso2(am|is)-\d/.test(name));
  const hint = better === undefined ? '' : ` It has ${better} in it: that one may be meant.`;
  return `${path} is no home of WSO2's: it has no bin/version.txt. Wanted is the folder of an unpacked ${accepted[product]}.${hint}`;
}

/** Puts versions in order by major and minor. */
function rank(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return 1000 * major + minor;
}
