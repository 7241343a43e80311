import type { Exchange } from './recording.ts';

/** Where an answer of the emulator is not of the same shape as the recorded one; empty when nothing differs. */
export function differences(recorded: readonly Exchange[], found: readonly Exchange[]): string[] {
  const length = Math.max(recorded.length, found.length);
  return Array.from({ length }, (_, index) => index).flatMap((index) => {
    const [theirs, ours] = [recorded[index], found[index]];
    if (theirs === undefined || ours === undefined) {
      return [`exchange ${index + 1}: ${lineOf(theirs)} was recorded, ${lineOf(ours)} was found`];
    }
    const place = `exchange ${index + 1}, ${lineOf(theirs)}`;
    if (lineOf(theirs) !== lineOf(ours)) return [`${place}: ${lineOf(ours)} was asked instead`];
    if (theirs.status !== ours.status)
      return [`${place}: status ${theirs.status} was recorded, ${ours.status} was found`];
    const [code, other] = [codeOf(theirs), codeOf(ours)];
    if (code !== other) return [`${place}: code ${code} was recorded, ${other} was found`];
    return shapeDifferences(theirs.body, ours.body).map((difference) => `${place}: ${difference}`);
  });
}

/** Verb and path; ids and names are placeholders in both. */
const lineOf = (exchange: Exchange | undefined) =>
  exchange === undefined ? 'nothing' : `${exchange.method} ${exchange.path}`;

/** WSO2's number of a refusal, or OAuth's word: what callers decide on. */
function codeOf({ body }: Exchange): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, error } = body as { code?: unknown; error?: unknown };
  return code ?? (typeof error === 'string' ? error : undefined);
}

function shapeDifferences(recorded: unknown, found: unknown): string[] {
  const [theirs, ours] = [shapeOf(recorded), shapeOf(found)];
  const paths = [...new Set([...theirs.keys(), ...ours.keys()])].sort();
  return paths.flatMap((path) => {
    const [type, other] = [theirs.get(path), ours.get(path)];
    if (type === other || type === 'null' || other === 'null') return [];
    // An empty list says nothing of its elements.
    if (path.endsWith('[]') && (type === undefined || other === undefined)) return [];
    // Below a member that one side lacks, everything is lacking; once is enough.
    const parent = path.replace(/(\/[^/]*|\[\])$/, '');
    const known = (shape: Map<string, string>) => path === '' || shape.has(parent);
    if (!known(theirs) || !known(ours)) return [];
    return [
      `${path === '' ? 'the body' : path} is ${type ?? 'not there'} in the recording, ${other ?? 'not there'} here`,
    ];
  });
}

/** Types by place; all elements of an array share one place, and an empty array or object says nothing of its inside. */
function shapeOf(value: unknown, place = '', shape = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) {
    shape.set(place, 'array');
    for (const element of value) shapeOf(element, `${place}[]`, shape);
  } else if (typeof value === 'object' && value !== null) {
    shape.set(place, 'object');
    for (const [name, member] of Object.entries(value)) shapeOf(member, `${place}/${name}`, shape);
  } else {
    shape.set(place, value === null ? 'null' : typeof value);
  }
  return shape;
}
