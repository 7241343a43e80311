import type { Step, Task } from '../engine/step.ts';
import type { ApiEnvironment, Environment } from '../environment.ts';
import { refuseForeign } from '../ownership.ts';

/** The steps that an API goes through, written for one API. */
export type ApiStep = Step<ApiEnvironment>;

/**
 * A step of one API as a step of the whole run. Where several APIs are declared, its name says whose it is: `policy:Accounts`.
 *
 * @param chain the steps that an API has, so that what one needs of another is that of the same API.
 * @param label the API's, or undefined where there is only one.
 * @param index the API's, among those of the environment.
 */
export function forApi(
  step: ApiStep,
  chain: readonly ApiStep[],
  label: string | undefined,
  index: number,
): Step<Environment> {
  const named = (name: string) =>
    label !== undefined && chain.some((one) => one.name === name) ? `${name}:${label}` : name;
  const find = (environment: Environment): ApiEnvironment => {
    const part = environment.apis[index];
    if (!part) throw new Error(`The environment has no API number ${index}.`);
    return { ...environment, ...part };
  };
  const own = (task: Task): Task => ({ ...task, changed: (name) => task.changed(named(name)) });
  const { verify, foresee, declares, tidies, watches } = step;
  return {
    name: named(step.name),
    title: label === undefined ? step.title : `${step.title} (${label})`,
    needs: step.needs.map(named),
    ...(watches ? { watches } : {}),
    read: (environment, task) => step.read(find(environment), own(task)),
    plan: (seen, environment, task) => step.plan(seen, find(environment), own(task)),
    async apply(seen, environment, task) {
      const part = find(environment);
      const found = await part.api.find();
      if (found) refuseForeign(`API ${found.name} ${found.version}`, found, environment);
      await step.apply(seen, part, own(task));
    },
    ...(declares ? { declares: (environment) => declares.call(step, find(environment)) } : {}),
    ...(tidies ? { tidies: (task) => tidies.call(step, own(task)) } : {}),
    ...(foresee ? { foresee: (environment) => foresee.call(step, find(environment)) } : {}),
    ...(verify ? { verify: (environment, task) => verify.call(step, find(environment), own(task)) } : {}),
  };
}
