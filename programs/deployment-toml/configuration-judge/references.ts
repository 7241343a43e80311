import type { Finding } from '../finding.ts';
import type { Judged } from './judged.ts';

/** The keys that a value refers to as `$ref{key}`, where the mapper resolves them: in a text, and in an array's texts. */
export function referencesIn(value: unknown): string[] {
  const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
  return texts.flatMap((text) => [...text.matchAll(/\$ref\{([^}]*)\}/g)].map(([, key = '']) => key));
}

/** References that end the server's start: to a key without a value, or round in a circle. */
export function referencesWithoutValue({ settings, effective }: Judged): Finding[] {
  const own = new Map(settings.flatMap(({ key, mapped }) => mapped.map((one) => [one, key] as const)));
  const findings: Finding[] = [];
  const wantedByProduct = new Map<string, string[]>();
  for (const [key, value] of effective)
    for (const reference of referencesIn(value)) {
      const setting = own.get(key);
      const circle = reaches(effective, reference, key);
      if (!circle && (effective.get(reference) ?? undefined) !== undefined) continue;
      if (setting === undefined) wantedByProduct.set(reference, [...(wantedByProduct.get(reference) ?? []), key]);
      else
        findings.push({
          key: setting,
          message: `refers to ${reference}, ${circle ? 'and that to it' : 'which has no value'}: ${noStart}`,
        });
    }
  for (const [key, [first, ...others]] of wantedByProduct) {
    const what =
      others.length > 0 ? `defaults of ${first} and ${others.length} more refer` : `default of ${first} refers`;
    findings.push({ key, message: `must have a value, to which the product's ${what}: ${noStart}` });
  }
  return findings;
}

const noStart = 'the server does not start';

function reaches(
  effective: ReadonlyMap<string, unknown>,
  from: string,
  to: string,
  seen: readonly string[] = [],
): boolean {
  if (from === to) return true;
  if (seen.includes(from)) return false;
  return referencesIn(effective.get(from)).some((next) => reaches(effective, next, to, [...seen, from]));
}

/** The mapper looks for references in texts and in arrays of texts: in the tables of an array they stay as they are written. */
export function referencesInTables({ leaves }: Judged): Finding[] {
  return leaves
    .filter(({ value, setting }) => value !== setting.value && /\$ref\{/.test(JSON.stringify(value)))
    .map(({ key }) => ({
      key,
      message: 'holds a $ref{} in an array of tables, where the product does not resolve it: use $env{}',
    }));
}
