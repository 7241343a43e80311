import { Command } from 'commander';
import { clusterLayout, defaultDataDirectory } from '../cluster/layout.ts';
import { buildImages, loadImages } from './images.ts';

const program = new Command('images')
  .description('builds the images of the emulator and of dcr-service, and prints their references as JSON')
  .option('--provisioning', 'the image of provisioning, too')
  .option('--postgres', 'the image of PostgreSQL, too; where a registry is reached the official one serves')
  .option('--load', 'make them ones that pods of the running cluster can use')
  .option('--data <directory>', 'the one-node cluster that they are for', defaultDataDirectory())
  .option('--kind <name>', "a cluster of kind's instead")
  .parse();

const {
  load,
  data,
  kind,
  provisioning = false,
  postgres = false,
} = program.opts<{
  load?: boolean;
  data: string;
  kind?: string;
  provisioning?: boolean;
  postgres?: boolean;
}>();
const onStep = (step: string) => process.stderr.write(`${step}\n`);
const options = {
  target: kind === undefined ? { cluster: clusterLayout(data) } : { kind },
  provisioning,
  postgres,
  onStep,
};

try {
  const images = await buildImages(options);
  if (load) await loadImages(images, options);
  process.stdout.write(`${JSON.stringify(images)}\n`);
} catch (error) {
  process.stderr.write(`images: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
