import { Command } from 'commander';
import { runCommand } from '../../scripts/command.ts';
import { nameOf, pointsOf, writesOfFreshRun } from './points.ts';
import { type Profile, profiles } from './profiles.ts';
import { tryPoint } from './try-point.ts';
import { startWorld } from './world.ts';

interface Flags {
  profile?: string;
  only?: string;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

const command = new Command('test:crash')
  .description(
    'For every write of a fresh run: the connection is cut, or the process killed, before it and after it. The next run must end ' +
      'in the state of an undisturbed one, and the run after that must write nothing. Exit code 0 when all points pass, else 1.',
  )
  .option('--profile <name>', `one generation alone: ${profiles.join(', ')}`)
  .option('--only <text>', 'only points whose name contains this text')
  .action(async ({ profile, only = '' }: Flags) => {
    const chosen = profiles.filter((name) => profile === undefined || name === profile);
    if (chosen.length === 0) command.error(`There is no profile ${profile}; there are: ${profiles.join(', ')}.`);
    for (const name of chosen) if (!(await survives(name, only))) process.exitCode = 1;
  });

async function survives(profile: Profile, only: string): Promise<boolean> {
  // The index lags by more than the first pause of a step that looks again, so that a lost import is not found at once.
  const world = await startWorld(profile, { registrationWarmUpMs: 0, keyManagerDelayMs: 0, searchDelayMs: 400 });
  try {
    const writes = await writesOfFreshRun(world);
    const undisturbed = world.stored();
    const points = pointsOf(writes).filter((point) => nameOf(point).includes(only));
    let passed = 0;
    for (const [index, point] of points.entries()) {
      const began = performance.now();
      const faults = await tryPoint(world, point, undisturbed).catch((error: Error) => [error.message]);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      if (faults.length === 0) passed += 1;
      say(
        `${faults.length === 0 ? '✓' : '✗'} ${profile} ${index + 1}/${points.length} ${nameOf(point)} (${seconds} s)`,
      );
      for (const fault of faults) say(`    ${fault}`);
      if (faults.length > 0)
        say(`    again: npm run test:crash -- --profile ${profile} --only ${JSON.stringify(nameOf(point))}`);
    }
    say(`${profile}: ${passed} of ${points.length}`);
    return passed === points.length && points.length > 0;
  } finally {
    await world.stop();
  }
}

await runCommand(command, process.argv);
