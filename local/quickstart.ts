import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { type GenerationName, generations } from '../programs/products.ts';
import { interruption, isEntryPoint, runCommand } from '../scripts/command.ts';
import { InvocationError } from '../scripts/engine/errors.ts';
import { inspectMachine, refusal } from './cluster/machine.ts';
import { clusterPlaces } from './processes/state-directory.ts';
import { runCluster } from './quickstart/run-cluster.ts';
import { runProcesses } from './quickstart/run-processes.ts';
import type { StackVariant } from './quickstart/stack-variant.ts';
import { openRequestedHomes } from './wso2-home/requested-homes.ts';

interface Flags {
  cluster: boolean;
  context?: string;
  json?: boolean;
  freePorts?: boolean;
  job?: boolean;
  generation?: GenerationName;
  database?: StackVariant['database'];
  apiManagerHome?: string;
  identityServerHome?: string;
}

export const quickstartCommand = new Command('quickstart')
  .description('From nothing to a CDR registration that was provisioned, accepted and used over mutual TLS.')
  .option('--no-cluster', 'run the servers as plain processes on loopback, in the foreground')
  .option('--context <name>', 'the context of a kind cluster to use instead of the one-node cluster')
  .option('--job', 'provision by a Job in the cluster, so that pulumi up alone does everything')
  .option('--json', 'one JSON document on stdout once the registration is used; messages go to stderr')
  .option('--free-ports', "with --no-cluster: use free ports instead of the vendor guide's")
  .addOption(
    new Option(
      '--generation <name>',
      "generation of WSO2's servers to emulate; 4.2 is the vendor guide's, and uses a PostgreSQL on the cluster",
    ).choices(Object.keys(generations)),
  )
  .addOption(
    new Option('--database <kind>', 'where the stack keeps its state: in files on volumes, or in a PostgreSQL').choices(
      ['embedded', 'deployed'],
    ),
  )
  .option(
    '--api-manager-home <directory>',
    "with --no-cluster: WSO2's own API Manager, unpacked, instead of the emulator",
  )
  .option('--identity-server-home <directory>', "with --no-cluster: WSO2's own Identity Server, likewise")
  .addHelpText(
    'after',
    `
An emulator replaces WSO2 API Manager and WSO2 Identity Server, unless you name homes of these: the quick start copies a home
and never writes to it. The server runs with the Java of JAVA_HOME, or the one on the PATH, and with the heap of JVM_MEM_OPTS
(such as "-Xms512m -Xmx2g").

On a Debian-like Linux with Go, as root, without other options: builds Pulumi, its Kubernetes provider and Kubernetes from
checksummed Go modules into a cache (the first time, some ten minutes), installs the tools that run and build containers from
Debian (it lists the packages, and asks on a terminal), starts a one-node cluster and deploys to it. If that is not possible, it
falls back to plain processes and says so.

State (certificates, secrets, databases, logs) stays in one directory, CDR_STACK_STATE_DIR or cdr-stack in your data directory,
until npm run teardown. After an interruption, run it again to continue.

Examples:
  npm run quickstart
  npm run quickstart -- --database deployed
  npm run quickstart -- --no-cluster --json --free-ports
  npm run quickstart -- --no-cluster --api-manager-home ~/wso2am-4.6.0 --identity-server-home ~/wso2is-7.1.0

Exit codes: 0 done, 1 failed, 2 wrong invocation, 4 a server failed, 8 interrupted before the registration was used.`,
  )
  .allowExcessArguments(false)
  .action(async (flags: Flags) => {
    const { cluster, context, json = false, freePorts = false, job = false, generation, database } = flags;
    const homeNamed = flags.apiManagerHome !== undefined || flags.identityServerHome !== undefined;
    if (homeNamed && cluster)
      throw new InvocationError(
        '--api-manager-home and --identity-server-home are for plain processes: add --no-cluster.',
      );
    if (job && !cluster) throw new InvocationError('--job is for a cluster: leave out --no-cluster.');
    if (database !== undefined && !cluster)
      throw new InvocationError(
        "--database is for a cluster: leave out --no-cluster. Without one every server has its own files; WSO2's bring no JDBC driver of PostgreSQL's.",
      );
    if (context !== undefined && !cluster)
      throw new InvocationError('--context names a cluster: leave out --no-cluster.');
    const variant = { ...(generation && { generation }), ...(database && { database }) };
    const signal = interruption();
    if (!cluster) return runProcesses({ json, freePorts, ...(await openRequestedHomes(flags, generation)), signal });
    const { state, layout } = clusterPlaces();
    if (context !== undefined) {
      return runCluster({ json, job, variant, state, layout: undefined, kind: kindOf(context), signal });
    }
    const reason = refusal(await inspectMachine());
    if (reason === undefined) {
      return runCluster({
        json,
        job,
        variant,
        state,
        layout,
        kind: undefined,
        signal,
        ...(process.stdin.isTTY && { mayInstall: ask }),
      });
    }
    // On request, or if no person reads the other output.
    if (process.env.CI || job || database !== undefined) throw new InvocationError(reason);
    return runProcesses({ json, freePorts, generation, fallback: reason, signal });
  });

/** Images are loaded into a cluster here; only kind takes them without a registry. */
function kindOf(context: string): string {
  if (context.startsWith('kind-')) return context.slice('kind-'.length);
  throw new InvocationError(
    `The quick start can load its images only into a kind cluster (context kind-NAME), and ${context} is not one. For your own cluster push them to your registry, ` +
      'name them in the stack (apiManagerImage, identityServerImage, dcrServiceImage, registerImage) and run pulumi up.',
  );
}

async function ask(announcement: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${announcement}\nInstall them? [Y/n] `);
  terminal.close();
  return /^(y|yes|)$/i.test(answer.trim());
}

if (isEntryPoint(import.meta.url)) await runCommand(quickstartCommand, process.argv);
