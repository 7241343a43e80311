import type { Change } from './engine/change.ts';
import { masked } from './engine/change.ts';
import type { Step } from './engine/step.ts';
import type { Environment } from './environment.ts';

type StepChange = Change & { step: string };

const nameOf = (step: string) => `declaration of step ${step}`;

function declarations(steps: readonly Step<Environment>[], environment: Environment): Map<string, string> {
  const declaring = steps.filter((step) => step.declares);
  return new Map(declaring.map((step) => [step.name, JSON.stringify(step.declares?.(environment) ?? null)]));
}

/** Keeps (a keyed hash of) what each step was declared to bring about, after a run in which it did. */
export async function rememberApplied(steps: readonly Step<Environment>[], environment: Environment): Promise<void> {
  const { ledger } = environment;
  const known = await Promise.all(
    [...declarations(steps, environment)].map(
      async ([step, declared]) => [step, declared, await ledger.wasApplied(nameOf(step), declared)] as const,
    ),
  );
  for (const [step, declared, isKnown] of known) if (!isKnown) await ledger.remember(nameOf(step), declared);
}

/** After a removal nothing is as it was last applied. */
export async function forgetApplied(steps: readonly Step<Environment>[], { ledger }: Environment): Promise<void> {
  for (const { name, declares } of steps) if (declares) await ledger.remember(nameOf(name), 'removed');
}

/**
 * Distinguishes drift from pending changes: if the declaration equals the last applied one, the server was changed. Otherwise the
 * declaration was changed, or never applied from here, and whether the server was changed as well is unknown.
 */
export async function withCauses(
  changes: readonly StepChange[],
  steps: readonly Step<Environment>[],
  environment: Environment,
): Promise<StepChange[]> {
  const declared = declarations(steps, environment);
  return Promise.all(
    changes.map(async (change) => {
      const declaration = declared.get(change.step);
      // A change of a secret shows only if the declared one is not the last applied one: a change at the server is not visible.
      const isSecretOnly = change.fields.length > 0 && change.fields.every(({ after }) => after === masked);
      const isDrift =
        !isSecretOnly &&
        declaration !== undefined &&
        (await environment.ledger.wasApplied(nameOf(change.step), declaration));
      return { ...change, cause: isDrift ? ('drift' as const) : ('pending' as const) };
    }),
  );
}
