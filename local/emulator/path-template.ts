/**
 * Whether a path fits a template such as `/register/{ClientId}`: a variable stands for one segment, a final `*` for
 * everything below; a slash at the end makes no difference.
 */
export function matchesTemplate(template: string, path: string): boolean {
  const expected = segments(template);
  const given = segments(path);
  const wildcard = expected.at(-1) === '*';
  if (wildcard) expected.pop();
  if (wildcard ? given.length < expected.length : given.length !== expected.length) return false;
  return expected.every((segment, index) => segment === given[index] || isVariable(segment));
}

/** How many of a template's segments stand for anything: of two that fit, the one with fewer is meant. */
export function variablesIn(template: string): number {
  return segments(template).filter((segment) => segment === '*' || isVariable(segment)).length;
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function isVariable(segment: string): boolean {
  return segment.startsWith('{') && segment.endsWith('}');
}
