// The one-node cluster from the command line: up, down, status, logs, reset; and kubectl for it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Argument, Command } from 'commander';
import { runCommand } from '../../scripts/command.ts';
import { ensureTool } from '../toolchain/build.ts';
import { showProgress } from '../toolchain/progress.ts';
import { daemonNames, down, reset, status, up } from './cluster.ts';
import { logFile } from './daemon.ts';
import { clusterLayout, defaultDataDirectory } from './layout.ts';

const program = new Command('cluster')
  .description('Runs a one-node upstream Kubernetes on this machine. Needs Linux and root.')
  .enablePositionalOptions()
  .option('--data <directory>', 'directory of the cluster', defaultDataDirectory());

const layout = () => clusterLayout(program.opts<{ data: string }>().data);

program
  .command('up')
  .description('start it, and wait until it is ready')
  .option('--yes', 'install missing Debian packages without asking')
  .action(async ({ yes }: { yes?: boolean }) => {
    const started = Date.now();
    const say = (text: string) =>
      process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
    await up(layout(), {
      onStep: say,
      onBuild: showProgress(),
      ...(!yes && process.stdin.isTTY && { mayInstall: ask }),
    });
    say(`ready: export KUBECONFIG=${layout().kubeconfig}`);
  });

program
  .command('down')
  .description('stop it and restore the machine; the contents of the cluster are kept')
  .action(() => down(layout()));

program
  .command('reset')
  .description('stop it and delete its contents')
  .action(() => reset(layout()));

program
  .command('status')
  .description('whether it runs (exit code 0 when it is ready, 3 when not)')
  .option('--json', 'as a document')
  .action(async ({ json }: { json?: boolean }) => {
    const state = await status(layout());
    const lines = state.daemons.map(({ name, pid }) => `${name.padEnd(26)}${pid ?? 'not running'}`);
    const text = [...lines, `${'node'.padEnd(26)}${state.ready ? 'ready' : 'not ready'}`].join('\n');
    process.stdout.write(`${json ? JSON.stringify(state, undefined, 2) : text}\n`);
    process.exitCode = state.ready ? 0 : 3;
  });

program
  .command('logs')
  .description('the logs of its processes')
  .addArgument(new Argument('[processes...]', 'whose (default: all)').choices(daemonNames))
  .option('-f, --follow', 'go on as they write')
  .option('-n, --lines <number>', 'the last lines of each', '20')
  .action(async (names: string[], { follow, lines }: { follow?: boolean; lines: string }) => {
    const files = (names.length > 0 ? names : daemonNames).map((name) => logFile(layout(), name));
    const tail = spawn('tail', ['-n', lines, ...(follow ? ['-F'] : []), ...files], { stdio: 'inherit' });
    process.exitCode = await new Promise<number>((resolve) => tail.on('close', (code) => resolve(code ?? 1)));
  });

program
  .command('kubectl')
  .description("kubectl in the cluster's version, as its administrator")
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .argument('[args...]')
  .action(async (args: string[]) => {
    const kubernetes = join(await ensureTool('kubernetes', { onProgress: showProgress() }), 'kubernetes');
    const env = { ...process.env, KUBECONFIG: layout().kubeconfig };
    const kubectl = spawn(kubernetes, ['kubectl', ...args], { stdio: 'inherit', env });
    process.exitCode = await new Promise<number>((resolve) => kubectl.on('close', (code) => resolve(code ?? 1)));
  });

async function ask(announcement: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${announcement}\nInstall them? [Y/n] `);
  terminal.close();
  return /^(y|yes|)$/i.test(answer.trim());
}

await runCommand(program, process.argv);
