import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { isEntryPoint, runCommand } from '../../scripts/command.ts';
import { InvocationError } from '../../scripts/engine/errors.ts';
import { openProductHome } from '../wso2-home/product-home.ts';
import { page, passed, type Report } from './report.ts';
import { runStages } from './stage.ts';
import { stages } from './stages/index.ts';
import { openWorld } from './world.ts';

interface Flags {
  apiManagerHome?: string;
  identityServerHome?: string;
  only?: string[];
  out: string;
  record?: string;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

export const testWso2Command = new Command('test:wso2')
  .description("Puts WSO2's own servers through everything that this project does with them.")
  .option('--api-manager-home <directory>', 'an unpacked distribution of WSO2 API Manager')
  .option('--identity-server-home <directory>', 'an unpacked distribution of WSO2 Identity Server')
  .option('--only <stages...>', `the quick start and these stages: ${stages.map(({ name }) => `"${name}"`).join(', ')}`)
  .option('--out <directory>', 'where wso2.json and wso2.md are written', '.')
  .option('--record <directory>', 'write what the probes heard, redacted, to <directory>/<product>-<version>')
  .addHelpText(
    'after',
    `
The homes are copied, never written to, and nothing is downloaded. Both servers run on loopback, on ports that nobody uses, with
2 GiB of heap each; they want a JDK 17. Without homes it prints SKIPPED and what is missing: that proves nothing.

Example:
  npm run test:wso2 -- --api-manager-home ~/wso2am-4.6.0 --identity-server-home ~/wso2is-7.1.0

Exit codes: 0 every stage passed, or SKIPPED; 1 a stage failed; 2 wrong invocation.`,
  )
  .allowExcessArguments(false)
  .action(async ({ apiManagerHome, identityServerHome, only, out, record }: Flags) => {
    const missing = [
      ...(apiManagerHome === undefined ? ['--api-manager-home'] : []),
      ...(identityServerHome === undefined ? ['--identity-server-home'] : []),
    ];
    if (apiManagerHome === undefined || identityServerHome === undefined) {
      process.stdout.write(
        `SKIPPED: ${missing.join(' and ')} missing. WSO2's own servers were not asked, so nothing is proven.\n`,
      );
      return;
    }
    const chosen = only === undefined ? stages : chosenStages(only);
    const homes = {
      apiManager: await openProductHome(apiManagerHome, 'API Manager'),
      identityServer: await openProductHome(identityServerHome, 'Identity Server'),
    };
    const named = ({ product, version }: { product: string; version: string }) => `${product} ${version}`;
    await mkdir(out, { recursive: true });
    const directory = await mkdtemp(join(tmpdir(), 'cdr-stack-wso2-'));
    const began = performance.now();
    const world = await openWorld(directory, { homes, say, recordings: record && resolve(record) });
    let keep = true;
    try {
      const outcomes = await runStages(chosen, world, say);
      const report: Report = {
        date: new Date().toISOString().slice(0, 10),
        servers: { apiManager: named(homes.apiManager), identityServer: named(homes.identityServer) },
        machine: { processors: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
        seconds: Math.round((performance.now() - began) / 1000),
        stages: outcomes,
      };
      await writeFile(join(out, 'wso2.json'), `${JSON.stringify(report, null, 2)}\n`);
      await writeFile(join(out, 'wso2.md'), page(report));
      process.stdout.write(page(report));
      const count = outcomes.filter(({ result }) => result === 'passed').length;
      process.stdout.write(
        `${count} passed, ${outcomes.length - count} failed, ${stages.length - outcomes.length} skipped\n`,
      );
      keep = !passed(report);
      if (keep) process.exitCode = 1;
    } finally {
      await world.close();
      if (keep) say(`The servers' logs are kept: ${directory}`);
      else await rm(directory, { recursive: true, force: true });
    }
  });

function chosenStages(names: readonly string[]): typeof stages {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0)
    throw new InvocationError(`--only: no stage is called ${unknown.join(', ')}; --help names them.`);
  return stages.filter(({ name }, index) => index === 0 || names.includes(name));
}

if (isEntryPoint(import.meta.url)) await runCommand(testWso2Command, process.argv);
