import { compileCall } from './call.ts';
import type { Element } from './definition.ts';
import { UNKNOWN_VALUE } from './definition.ts';
import { compileExpression, type Expression, toBoolean, toText } from './expression.ts';
import { type Message, SCOPES, type Scope, writeProperty } from './message.ts';
import { compilePayloadFactory } from './payload-factory.ts';

/** What becomes of a message after a mediator: it goes on, is answered as it stands, or ends without an answer. */
export type Outcome = 'continue' | 'respond' | 'drop';

export type Mediator = (message: Message) => Outcome | Promise<Outcome>;

/** Properties that would send the message elsewhere: to store them and do nothing would be a lie. */
const STEERING = ['REST_URL_POSTFIX', 'HTTP_METHOD', 'POST_TO_URI', 'ENDPOINT_PREFIX'];

/**
 * Compiles mediators into one. Mediators that the emulator cannot run are left out and reported in `problems`, one sentence each: if there
 * are problems, the caller must not run the result.
 */
export function compileSequence(elements: Element[], problems: string[]): Mediator {
  const mediators = elements.map((element) => compileMediator(element, problems));
  return async (message) => {
    for (const mediate of mediators) {
      const outcome = await mediate(message);
      if (outcome !== 'continue') return outcome;
    }
    return 'continue';
  };
}

function compileMediator(element: Element, problems: string[]): Mediator {
  const compile = COMPILERS[element.name];
  try {
    if (compile !== undefined) return compile(element, problems);
    problems.push(`<${element.name}> is a mediator that the emulator cannot run`);
  } catch (cause) {
    problems.push(`<${element.name}>: ${(cause as Error).message}`);
  }
  return () => 'continue';
}

const COMPILERS: Record<string, (element: Element, problems: string[]) => Mediator> = {
  property: compileProperty,
  header: compileHeader,
  filter: compileFilter,
  payloadFactory: (element) => {
    const make = compilePayloadFactory(element, expressionOf);
    return continuing((message) => {
      message.payload = make(message);
      message.axis2.set('messageType', message.payload.contentType);
    });
  },
  call: (element) => {
    const call = compileCall(element);
    return async (message): Promise<Outcome> => {
      await call(message);
      return 'continue';
    };
  },
  respond: () => () => 'respond',
  drop: () => () => 'drop',
  // What a log mediator writes may be secret, and nobody reads the emulator's log for it.
  log: () => () => 'continue',
};

function compileProperty({ attributes }: Element): Mediator {
  const { name, action } = attributes;
  if (name === undefined) throw new Error('it has no name');
  const scope = scopeOf(attributes.scope ?? 'default');
  if (action === 'remove') return continuing((message) => writeProperty(message, scope, name, undefined));
  if (scope === 'axis2' && STEERING.includes(name)) throw new Error(`the emulator does not honour ${name}`);
  for (const attribute of ['pattern', 'group'].filter((key) => key in attributes)) {
    throw new Error(`the emulator does not know its attribute ${attribute}`);
  }
  const value = givenValue(attributes);
  return continuing((message) => writeProperty(message, scope, name, toText(value(message))));
}

function compileHeader({ attributes }: Element): Mediator {
  const { name, action } = attributes;
  if (name === undefined) throw new Error('it has no name');
  if (attributes.scope !== 'transport') {
    // Without this scope it is a header of SOAP; that of an address is taken away by habit, before an answer is sent.
    if (name === 'To' && action === 'remove') return () => 'continue';
    throw new Error(`the header ${name} has not the scope transport, the only one that the emulator knows`);
  }
  if (action === 'remove') return continuing((message) => message.headers.remove(name));
  const value = givenValue(attributes);
  return continuing((message) => message.headers.set(name, toText(value(message))));
}

function compileFilter({ attributes, children }: Element, problems: string[]): Mediator {
  const branch = (name: string) => children.find((child) => child.name === name)?.children;
  const hasBranches = branch('then') !== undefined || branch('else') !== undefined;
  const then = compileSequence(hasBranches ? (branch('then') ?? []) : children, problems);
  const otherwise = compileSequence(branch('else') ?? [], problems);
  const condition = conditionOf(attributes);
  return (message) => (condition(message) ? then(message) : otherwise(message));
}

function conditionOf({ xpath, source, regex }: Record<string, string>): (message: Message) => boolean {
  if (xpath !== undefined) {
    const expression = expressionOf(xpath);
    return (message) => toBoolean(expression(message));
  }
  if (source === undefined || regex === undefined) throw new Error('it has neither xpath nor source and regex');
  const expression = expressionOf(source);
  const whole = new RegExp(`^(?:${regex})$`);
  return (message) => whole.test(toText(expression(message)));
}

function givenValue({ value, expression }: Record<string, string>): Expression {
  if (expression !== undefined) return expressionOf(expression);
  if (value === undefined) throw new Error('it has neither value nor expression');
  return () => value;
}

function expressionOf(text: string): Expression {
  return text === UNKNOWN_VALUE ? () => '' : compileExpression(text);
}

function scopeOf(text: string): Scope {
  const scope = SCOPES.find((candidate) => candidate === text);
  if (scope === undefined) throw new Error(`the emulator has no scope ${text} (it has ${SCOPES.join(', ')})`);
  return scope;
}

function continuing(effect: (message: Message) => void): Mediator {
  return (message) => {
    effect(message);
    return 'continue';
  };
}
