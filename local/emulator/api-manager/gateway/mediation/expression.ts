import { type Message, readProperty, SCOPES, type Scope } from './message.ts';

type Value = string | boolean | number;

/** Computes a value from a message. */
export type Expression = (message: Message) => Value;

const TOKEN = /\s*('[^']*'|"[^"]*"|\$\w+:[\w.-]+|\d+(?:\.\d+)?|!=|[=(),]|[A-Za-z_][\w.:-]*)/y;

/**
 * Compiles the part of XPath 1.0 and of Synapse's functions and variables that policies use: literals, `get-property`,
 * `$ctx:`, `$trp:`, `$axis2:`, comparison, `and`, `or`, and a few functions on strings and booleans.
 * Throws an error that names the whole expression and what in it is not known.
 */
export function compileExpression(text: string): Expression {
  const tokens = tokenize(text);
  let position = 0;

  const refuse = (what: string): never => {
    throw new Error(`the expression ${text} holds ${what}, which the emulator cannot evaluate`);
  };
  const accept = (...expected: string[]): string | undefined => {
    const token = tokens[position];
    if (token === undefined || !expected.includes(token)) return undefined;
    position += 1;
    return token;
  };
  const expect = (expected: string) => accept(expected) ?? refuse(tokens[position] ?? `no '${expected}' at its end`);

  const disjunction = (): Expression => {
    let left = conjunction();
    while (accept('or')) {
      const [one, other] = [left, conjunction()];
      left = (message) => toBoolean(one(message)) || toBoolean(other(message));
    }
    return left;
  };
  const conjunction = (): Expression => {
    let left = comparison();
    while (accept('and')) {
      const [one, other] = [left, comparison()];
      left = (message) => toBoolean(one(message)) && toBoolean(other(message));
    }
    return left;
  };
  const comparison = (): Expression => {
    const left = primary();
    const operator = accept('=', '!=');
    if (operator === undefined) return left;
    const right = primary();
    return (message) => equal(left(message), right(message)) === (operator === '=');
  };
  const primary = (): Expression => {
    const token = tokens[position] ?? refuse('nothing where a value should be');
    position += 1;
    if (token === '(') {
      const inner = disjunction();
      expect(')');
      return inner;
    }
    if (/^['"]/.test(token)) return () => token.slice(1, -1);
    if (/^\d/.test(token)) return () => Number(token);
    if (token.startsWith('$')) return variable(token) ?? refuse(token);
    if (accept('(') === undefined) return refuse(token);
    const args: Expression[] = [];
    while (accept(')') === undefined) {
      if (args.length > 0) expect(',');
      args.push(disjunction());
    }
    return call(token.replace(/^fn:/, ''), args) ?? refuse(`${token}() with ${args.length} arguments`);
  };

  const expression = disjunction();
  if (position < tokens.length) refuse(`${tokens[position]}`);
  return expression;
}

/** XPath's `string()`. */
export function toText(value: Value): string {
  return String(value);
}

/** XPath's `boolean()`: an empty string is false, any other (even 'false') is true. */
export function toBoolean(value: Value): boolean {
  return Boolean(value);
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const start = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) {
      throw new Error(`the expression ${text} holds ${text.slice(start).trim()}, which the emulator cannot evaluate`);
    }
    tokens.push(token);
  }
  return tokens;
}

function variable(token: string): Expression | undefined {
  const [, prefix, name = ''] = /^\$(\w+):(.+)$/.exec(token) ?? [];
  const scope = ({ ctx: 'default', trp: 'transport', axis2: 'axis2' } as const)[prefix ?? ''];
  return scope && ((message) => readProperty(message, scope, name));
}

function call(name: string, args: Expression[]): Expression | undefined {
  const [first, second] = args;
  const text = (argument: Expression | undefined, message: Message) => (argument ? toText(argument(message)) : '');
  switch (`${name}/${name === 'concat' ? 'n' : args.length}`) {
    case 'get-property/1':
      return (message) => readProperty(message, 'default', text(first, message));
    case 'get-property/2':
      return (message) => readProperty(message, scopeOf(text(first, message)), text(second, message));
    case 'boolean/1':
      return (message) => toBoolean(first?.(message) ?? false);
    case 'not/1':
      return (message) => !toBoolean(first?.(message) ?? false);
    case 'true/0':
      return () => true;
    case 'false/0':
      return () => false;
    case 'string/1':
      return (message) => text(first, message);
    case 'string-length/1':
      return (message) => text(first, message).length;
    case 'concat/n':
      return (message) => args.map((argument) => text(argument, message)).join('');
    case 'contains/2':
      return (message) => text(first, message).includes(text(second, message));
    case 'substring-before/2':
      return (message) => around(text(first, message), text(second, message))[0];
    case 'substring-after/2':
      return (message) => around(text(first, message), text(second, message))[1];
    case 'starts-with/2':
      return (message) => text(first, message).startsWith(text(second, message));
    default:
      return undefined;
  }
}

/** The text before and after the first occurrence; both empty if it does not occur. */
function around(text: string, mark: string): [before: string, after: string] {
  const index = text.indexOf(mark);
  return index === -1 ? ['', ''] : [text.slice(0, index), text.slice(index + mark.length)];
}

function scopeOf(text: string): Scope {
  const scope = SCOPES.find((candidate) => candidate === text);
  if (scope === undefined) throw new Error(`get-property('${text}', …) names a scope that the emulator does not have`);
  return scope;
}

function equal(one: Value, other: Value): boolean {
  if (typeof one === 'boolean' || typeof other === 'boolean') return toBoolean(one) === toBoolean(other);
  if (typeof one === 'number' || typeof other === 'number') return Number(one) === Number(other);
  return one === other;
}
