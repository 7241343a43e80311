import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Command } from 'commander';
import { isEntryPoint, runCommand } from '../scripts/command.ts';
import { InvocationError } from '../scripts/engine/errors.ts';
import { lockStateDirectory, stateDirectory, stateDirectoryPath } from './processes/state-directory.ts';

export const teardownCommand = new Command('teardown')
  .description('Removes everything that the quick start generated: certificates, secrets, databases, logs.')
  .addHelpText('after', '\nThe directory is CDR_STACK_STATE_DIR, or cdr-stack/local in your data directory.')
  .allowExcessArguments(false)
  .action(async () => {
    const state = stateDirectory(stateDirectoryPath());
    if (!existsSync(state.path)) {
      process.stdout.write(`Nothing to remove: ${state.path} does not exist.\n`);
      return;
    }
    // CDR_STACK_STATE_DIR may name anything; only what the quick start filled is ours to remove.
    if (!existsSync(state.secretsFile)) {
      throw new InvocationError(
        `${state.path} is no state directory of the quick start (it has no secrets.json): left alone.`,
      );
    }
    const unlock = await lockStateDirectory(state);
    await rm(state.path, { recursive: true });
    await unlock().catch(() => {});
    process.stdout.write(`Removed ${state.path}.\n`);
  });

if (isEntryPoint(import.meta.url)) await runCommand(teardownCommand, process.argv);
