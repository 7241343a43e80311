import { nearestName } from '../nearest-name.ts';
import { InvocationError } from './errors.ts';
import type { Step } from './step.ts';

/** Which steps of the graph a run takes. */
export interface Selection {
  /** These steps alone; what they need is taken as done. */
  only?: readonly string[];
  /** Leave these out as if they did not exist: for tests of what each step is needed for. */
  without?: readonly string[];
}

/** Steps in an order in which each comes after all that it needs; `needs` reaches through steps that were left out. */
export function orderSteps<Context>(steps: readonly Step<Context>[], selection: Selection = {}): Step<Context>[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  for (const name of [...(selection.only ?? []), ...(selection.without ?? [])]) refuseUnknown(name, byName);
  const taken = (name: string) =>
    (selection.only === undefined || selection.only.includes(name)) && !selection.without?.includes(name);

  const ordered: Step<Context>[] = [];
  const visiting = new Set<string>();
  const visit = (name: string, neededBy: string) => {
    const step = byName.get(name);
    if (!step) throw new Error(`Step ${neededBy} needs ${name}, and there is no such step.`);
    if (ordered.includes(step)) return;
    if (visiting.has(name)) throw new Error(`Steps need each other in a circle: ${[...visiting, name].join(' -> ')}`);
    visiting.add(name);
    for (const need of step.needs) visit(need, name);
    visiting.delete(name);
    ordered.push(step);
  };
  for (const step of steps) visit(step.name, step.name);

  const reachThrough = (names: readonly string[]): string[] =>
    names.flatMap((name) => (taken(name) ? [name] : reachThrough(byName.get(name)?.needs ?? [])));
  return ordered
    .filter((step) => taken(step.name))
    .map((step) => ({ ...step, needs: [...new Set(reachThrough(step.needs))] }));
}

function refuseUnknown(name: string, byName: ReadonlyMap<string, unknown>) {
  if (byName.has(name)) return;
  const guess = nearestName(name, [...byName.keys()]);
  const hint = guess ? ` Did you mean ${guess}?` : '';
  throw new InvocationError(`There is no step ${name}.${hint} The steps are: ${[...byName.keys()].join(', ')}.`);
}
