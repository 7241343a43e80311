import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Product } from '../../programs/deployment-toml/configuration-judge/product-configuration.ts';
import { type GenerationName, generations } from '../../programs/products.ts';
import { prepareTemplate } from '../flow/flow-environment.ts';
import { stateDirectory } from '../processes/state-directory.ts';
import { renderedSets } from './rendered-sets.ts';

/** A deployment.toml that we render, and what it is for. */
export interface RenderedConfiguration {
  /** Where it is rendered. */
  name: string;
  product: Product;
  generation: GenerationName;
  version: string;
  /** Whether the Open Banking accelerator is installed there. */
  accelerator: boolean;
  toml: string;
}

/** Each that is different: of every sample stack, of a production stack, and of the servers as processes, for every generation. */
export async function renderedConfigurations(): Promise<RenderedConfiguration[]> {
  const ofStacks = (await renderedSets()).flatMap(({ name, generation, manifests }) =>
    manifests.flatMap(({ kind, metadata, data }) => {
      const [, part] = /^(api-manager|identity-server)(?:-\d)?-configuration-/.exec(metadata.name) ?? [];
      if (kind !== 'ConfigMap' || part === undefined) return [];
      const { 'deployment.toml': toml = '' } = data as Record<string, string>;
      return [configuration(`${name}, ${part}`, part === 'api-manager' ? 'wso2am' : 'wso2is', generation, toml)];
    }),
  );
  const all = [...ofStacks, ...(await ofProcesses('4.7')), ...(await ofProcesses('4.2'))];
  return [...new Map(all.map((one) => [`${one.product} ${one.version} ${one.toml}`, one])).values()];
}

async function ofProcesses(generation: GenerationName): Promise<RenderedConfiguration[]> {
  const { apiManagerHome, identityServerHome } = stateDirectory(await prepareTemplate(generation));
  const read = (home: string) => readFile(join(home, 'repository', 'conf', 'deployment.toml'), 'utf8');
  const name = `${generation}, as processes`;
  return [
    configuration(name, 'wso2am', generation, await read(apiManagerHome)),
    configuration(name, 'wso2is', generation, await read(identityServerHome)),
  ];
}

function configuration(
  name: string,
  product: Product,
  generation: GenerationName,
  toml: string,
): RenderedConfiguration {
  const { accelerator, apiManager, identityServer } = generations[generation];
  const { version } = product === 'wso2am' ? apiManager : identityServer;
  return { name, product, generation, version, accelerator, toml };
}
