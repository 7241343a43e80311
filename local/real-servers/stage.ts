import type { World } from './world.ts';

/** What a stage found, for the report: small, and without secrets. */
export type Findings = Record<string, string | number | boolean | readonly string[] | Readonly<Record<string, number>>>;

/** One part of the test. Throws when something is not as it has to be. */
export interface Stage {
  name: string;
  /** One sentence: what is so when the stage has passed. */
  shows: string;
  run(world: World): Promise<Findings>;
}

/** What became of a stage. */
export interface Outcome {
  name: string;
  shows: string;
  result: 'passed' | 'failed';
  seconds: number;
  findings: Findings;
  /** Why it failed. */
  reason?: string;
}

/** Runs stages in their order. One that fails does not stop the others: each says what it found on its own. */
export async function runStages(
  stages: readonly Stage[],
  world: World,
  tell: (line: string) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, shows, run } of stages) {
    tell(`${name}: ${shows}`);
    const began = performance.now();
    const ended = await run(world).then(
      (findings) => ({ result: 'passed' as const, findings }),
      (error: Error) => ({ result: 'failed' as const, findings: {}, reason: error.message }),
    );
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    outcomes.push({ name, shows, ...ended, seconds });
    tell(`${name}: ${ended.result} in ${seconds} s${'reason' in ended ? `: ${ended.reason}` : ''}`);
    // Without a first registration there is nothing to go on with.
    if (ended.result === 'failed' && outcomes.length === 1) break;
  }
  return outcomes;
}
