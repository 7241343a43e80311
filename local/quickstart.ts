import { Command } from 'commander';
import { interruption, isEntryPoint, runCommand } from '../scripts/command.ts';
import { InvocationError } from '../scripts/engine/errors.ts';
import { runProcesses } from './quickstart/run-processes.ts';

interface Flags {
  cluster: boolean;
  json?: boolean;
  freePorts?: boolean;
}

export const quickstartCommand = new Command('quickstart')
  .description('From nothing to a CDR registration that was provisioned, accepted and used over mutual TLS.')
  .option('--no-cluster', 'run the servers as plain processes on loopback, in the foreground')
  .option('--json', 'one JSON document on stdout once the registration is used; talk goes to stderr')
  .option('--free-ports', "take ports that nobody uses instead of the vendor guide's")
  .addHelpText(
    'after',
    `
Our emulator stands in for WSO2 API Manager and WSO2 Identity Server. State (certificates, secrets, databases, logs) is
kept in one directory, CDR_STACK_STATE_DIR or your data directory, until npm run teardown. Ctrl-C ends every server.

Examples:
  npm run quickstart -- --no-cluster
  npm run quickstart -- --no-cluster --json --free-ports

Exit codes: 0 done, 1 failed, 2 wrong invocation, 4 a server failed, 8 interrupted before the registration was used.`,
  )
  .allowExcessArguments(false)
  .action(async ({ cluster, json = false, freePorts = false }: Flags) => {
    if (cluster && process.env.CI) {
      throw new InvocationError('This version deploys to no cluster yet: say --no-cluster to run plain processes.');
    }
    await runProcesses({ json, freePorts, fallback: cluster, signal: interruption() });
  });

if (isEntryPoint(import.meta.url)) await runCommand(quickstartCommand, process.argv);
