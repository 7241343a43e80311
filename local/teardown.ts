import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { interruption, isEntryPoint, runCommand } from '../scripts/command.ts';
import { InvocationError } from '../scripts/engine/errors.ts';
import { reset } from './cluster/cluster.ts';
import { nodeName } from './cluster/layout.ts';
import {
  clusterPlaces,
  lockStateDirectory,
  type StateDirectory,
  stateDirectory,
  stateDirectoryPath,
} from './processes/state-directory.ts';
import { endPlugins } from './quickstart/pulumi-plugins.ts';
import { pulumiBackend } from './quickstart/pulumi-stack.ts';
import { cacheDirectory } from './toolchain/cache.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

export const teardownCommand = new Command('teardown')
  .description(
    'Stops and removes everything that the quick start created: cluster, certificates, secrets, databases, logs.',
  )
  .option('--purge', 'also remove the cache of built tools and images')
  .addHelpText(
    'after',
    '\nThe directory is CDR_STACK_STATE_DIR, or cdr-stack in your data directory. Debian packages stay installed.',
  )
  .allowExcessArguments(false)
  .action(async ({ purge }: { purge?: true }) => {
    interruption();
    const processes = stateDirectory(stateDirectoryPath());
    const { state, layout } = clusterPlaces();
    // CDR_STACK_STATE_DIR may name anything; only what the quick start filled is ours to remove.
    const ours = [processes.secretsFile, state.secretsFile, state.logs, layout.data].some((path) => existsSync(path));
    if (existsSync(processes.path) && !ours) {
      throw new InvocationError(`${processes.path} is not a state directory of the quick start: left alone.`);
    }
    const unlockProcesses = await lockIfThere(processes);
    const unlockStack = await lockIfThere(state);
    await endPlugins(pulumiBackend(state));
    if (existsSync(layout.data)) {
      await reset(layout);
      say(`Ended the one-node cluster and removed ${layout.data}.`);
    }
    const elsewhere = await contextElsewhere(state);
    if (elsewhere !== undefined) {
      say(
        `The stack is on a cluster of yours: kubectl --context ${elsewhere} delete namespace cdr-local removes it there.`,
      );
    }
    const found = existsSync(processes.path);
    // The stack's lock is in the directory of both, and is given back before that goes: who holds a lock looks after it, and would
    // find it gone.
    await rm(state.path, { recursive: true, force: true });
    await unlockStack();
    await rm(processes.path, { recursive: true, force: true });
    await unlockProcesses();
    say(found ? `Removed ${processes.path}.` : `Nothing to remove: ${processes.path} does not exist.`);
    if (purge) {
      await rm(cacheDirectory(), { recursive: true, force: true });
      say(`Removed ${cacheDirectory()}.`);
    }
  });

async function lockIfThere(state: StateDirectory): Promise<() => Promise<void>> {
  return existsSync(state.path) ? lockStateDirectory(state) : async () => {};
}

const stackFile = z.looseObject({ config: z.looseObject({ 'kubernetes:context': z.string().optional() }) });

/** The context that the stack was deployed to, when that is not the one-node cluster. */
async function contextElsewhere({ path }: StateDirectory): Promise<string | undefined> {
  const text = await readFile(join(path, 'project', 'stacks', 'Pulumi.local.yaml'), 'utf8').catch(() => undefined);
  const context = text && stackFile.safeParse(parse(text)).data?.config['kubernetes:context'];
  return context && context !== nodeName ? context : undefined;
}

if (isEntryPoint(import.meta.url)) await runCommand(teardownCommand, process.argv);
