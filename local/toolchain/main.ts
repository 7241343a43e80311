// The tools that the local environment is made of, built where they are missing: `pulumi ARGS...` runs Pulumi,
// `build [TOOL...]` only builds.
import { Argument, Command } from 'commander';
import { runCommand } from '../../scripts/command.ts';
import { ensureTool } from './build.ts';
import { showProgress } from './progress.ts';
import { findPulumi, runPulumi } from './pulumi.ts';
import { type ToolName, tools } from './tools.ts';

const program = new Command('toolchain')
  .description('Pulumi and Kubernetes, built from pinned Go modules')
  // So that Pulumi's own options reach Pulumi.
  .enablePositionalOptions();

program
  .command('build')
  .description('build what the cache does not have, and print where it is')
  .addArgument(new Argument('[tools...]', 'which (default: all)').choices(Object.keys(tools)))
  .action(async (names: ToolName[]) => {
    for (const name of names.length > 0 ? names : (Object.keys(tools) as ToolName[])) {
      process.stdout.write(`${await ensureTool(name, { onProgress: showProgress() })}\n`);
    }
  });

program
  .command('pulumi')
  .description('run Pulumi with the plugins and the Node that this project needs')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .argument('[args...]')
  .action(async (args: string[]) => {
    process.exitCode = await runPulumi(await findPulumi({ onProgress: showProgress() }), args);
  });

await runCommand(program, process.argv);
