import { Command, InvalidArgumentError, Option } from 'commander';
import { runCommand } from '../../scripts/command.ts';
import { measureDcr, type Part, parts } from './dcr/measure-dcr.ts';
import type { Measure, Report } from './measure.ts';

const report: Report = (line) => console.error(line);

/** Prints the figures, and ends with 0 only when every goal is met. */
function conclude(measures: readonly Measure[], json: boolean): void {
  if (json) console.log(JSON.stringify(measures, undefined, 2));
  else console.table(measures);
  for (const { name, goal } of measures.filter(({ met }) => !met)) console.error(`not met: ${name} (${goal})`);
  process.exitCode = measures.length > 0 && measures.every(({ met }) => met) ? 0 : 1;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function partsIn(text: string): readonly Part[] {
  const wanted = text.split(',');
  const unknown = wanted.filter((part) => !parts.includes(part as Part));
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no ${unknown.join(', ')}: ${parts.join(', ')}.`);
  return wanted as Part[];
}

const json = () => new Option('--json', 'print the figures as JSON: name, value, unit, reference, ratio, goal, met');

const program = new Command('bench')
  .description(
    'Measures what is promised, against a reference in the same run: the two take turns, so that what else the machine does meets both.',
  )
  .addHelpText(
    'after',
    `
Exit code 0: every goal is met. Progress and spread go to standard error, figures to standard output.

  npm run bench -- dcr --only register --rounds 3      a first look, in a minute
  npm run bench -- dcr --minutes 10                    all that the service must show
  npm run bench -- provision --json`,
  );

program
  .command('dcr')
  .description('the registration service: registrations and reads for each second, many registrations, memory')
  .option('--only <parts>', `some of ${parts.join(', ')}, with commas between`, partsIn, parts)
  .option('--concurrency <n>', 'requests under way at once', positive, 16)
  .option('--rounds <n>', 'rounds that count; others before them warm up', positive, 5)
  .option('--requests <n>', 'requests in a round', positive, 500)
  .option('--registrations <n>', 'how many "many" are', positive, 1_000_000)
  .option('--minutes <n>', 'for how long memory is watched', positive, 1)
  .addOption(json())
  .addHelpText(
    'after',
    `
Processes: the load (this one), the service, the servers that it calls (instant stubs), and the reference. On two cores
the service has about one for itself while load and stubs share the other; the bare loop has no load to share with.
BENCH_CPU_PROFILES=DIR writes CPU profiles of the service there.`,
  )
  .action(async ({ only, json: asJson = false, ...options }) => {
    conclude(await measureDcr({ parts: only, ...options }, report), asJson);
  });

program
  .command('provision')
  .description('provisioning: how long it takes against what the servers themselves need')
  .addOption(json())
  .action(async ({ json: asJson = false }) => {
    const { measureProvisioning } = await import('./provision/index.ts');
    conclude(await measureProvisioning(report), asJson);
  });

await runCommand(program, process.argv);
