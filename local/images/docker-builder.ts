import { command } from '../cluster/command.ts';
import type { BuildRequest } from './builder.ts';

/** Builds an image with Docker (BuildKit), which pulls the images that the Dockerfile names; the npm packages are this machine's. */
export async function buildWithDocker(request: BuildRequest): Promise<void> {
  const { dockerfile, context, dependencies, reference, archive } = request;
  const packages = ['--build-context', `dependencies=${dependencies}`];
  await command('docker', 'build', '--quiet', ...packages, '--tag', reference, '--file', dockerfile, context);
  await command('docker', 'save', '--output', archive, reference);
}
