/** Deeper than anything the standard defines, and far from what could exhaust a stack. */
const deepest = 32;

export type StrictJson = { readonly value: unknown } | { readonly complaint: string };

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/gs;

/**
 * Parses JSON that no two readers can read differently. RFC 8259, section 4, leaves open which of two members of one
 * name counts: a gateway that takes the first and a service that takes the last would judge different requests (RFC
 * 7519, section 4, lets us refuse). `JSON.parse` takes the last and says nothing, so names are compared here, unescaped,
 * over text whose syntax it has already accepted.
 *
 * @returns the value, or the rest of a sentence that starts with the name of the text.
 */
export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { complaint: 'is not JSON' };
  }
  // One entry for each open bracket: the names seen in an object, nothing for an array.
  const open: (Set<string> | undefined)[] = [];
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      if (open.push(token === '{' ? new Set() : undefined) > deepest) {
        return { complaint: `is nested more than ${deepest} levels deep` };
      }
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (colon !== undefined) {
      const written = token.slice(0, -colon.length);
      const name = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
      const names = open.at(-1);
      if (names?.has(name)) return { complaint: `has the member '${name.slice(0, 80)}' twice` };
      names?.add(name);
    }
  }
  return { value };
}
