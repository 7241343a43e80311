import type { AttachedPolicy } from '../runtime.ts';
import { fillPlaceholders, parseDefinition, UNKNOWN_VALUE } from './definition.ts';
import { compileSequence, type Mediator, type Outcome } from './mediators.ts';
import type { Message } from './message.ts';

/** Thrown for a policy with something in it that the emulator cannot run; says which policy and everything of it. */
export class UnknownMediationError extends Error {
  override readonly name = 'UnknownMediationError';
}

/** What in a policy's definition (Synapse XML with `{{attribute}}` placeholders) the emulator cannot run; empty when nothing. */
export function validatePolicy(definition: string): string[] {
  return compile(definition, () => UNKNOWN_VALUE).problems;
}

const compiled = new WeakMap<AttachedPolicy, Mediator>();

/**
 * Runs policies on a message, one after the other, until one of them answers.
 * @throws {UnknownMediationError} before any of them has run.
 */
export async function runPolicies(policies: AttachedPolicy[], message: Message): Promise<Outcome> {
  const mediators = policies.map(mediatorOf);
  for (const mediate of mediators) {
    const outcome = await mediate(message);
    if (outcome !== 'continue') return outcome;
  }
  return 'continue';
}

function mediatorOf(policy: AttachedPolicy): Mediator {
  const known = compiled.get(policy);
  if (known) return known;
  const { mediator, problems } = compile(policy.definition, (name) => String(policy.parameters[name] ?? ''));
  if (problems.length > 0) {
    throw new UnknownMediationError(`The policy ${policy.name} ${policy.version}: ${problems.join('; ')}.`);
  }
  compiled.set(policy, mediator);
  return mediator;
}

function compile(definition: string, value: (attribute: string) => string): { mediator: Mediator; problems: string[] } {
  const problems: string[] = [];
  try {
    return { mediator: compileSequence(parseDefinition(fillPlaceholders(definition, value)), problems), problems };
  } catch (cause) {
    return { mediator: () => 'continue', problems: [(cause as Error).message] };
  }
}
