import { copyFile, cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gatewaySequences, gatewayTemplates } from '../processes/gateway-templates.ts';
import { createEmbeddedDatabases } from './embedded-databases.ts';
import { copyHome } from './home-copy.ts';
import type { ProductHome } from './product-home.ts';

/** Lays a home's copy out, or brings it up to date; its templates are the home's own again, for the init steps to change. */
export async function layProductHome(home: ProductHome, copy: string): Promise<void> {
  await copyHome(home, copy);
  if (home.product !== 'API Manager') return;
  await Promise.all([
    ...Object.values(gatewayTemplates).map((file) => copyFile(join(home.path, file), join(copy, file))),
    cp(join(home.path, gatewaySequences), join(copy, gatewaySequences), { recursive: true }),
  ]);
}

/** WSO2's sample applications, which answer everybody, as archives and as a start unpacks them. */
async function removeSamples(copy: string): Promise<void> {
  const folder = join(copy, 'repository', 'deployment', 'server', 'webapps');
  const names = await readdir(folder).catch(() => []);
  const samples = names.filter((name) => name.startsWith('am#sample#'));
  await Promise.all(samples.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Makes a copy ready to start, once its deployment.toml is in it. */
export async function readyProductHome(home: ProductHome, copy: string): Promise<void> {
  // By this the server remembers what it rendered of which deployment.toml; without it, it renders all anew.
  await rm(join(copy, 'repository', 'resources', 'conf', '.metadata'), { recursive: true, force: true });
  await removeSamples(copy);
  await createEmbeddedDatabases(home, copy);
}
