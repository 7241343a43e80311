import { nearestKey } from '../../nearest-key.ts';
import type { Finding } from '../finding.ts';
import { acceleratorKeys } from './accelerator-keys.ts';
import { dottedKey } from './dotted-key.ts';
import { inferredBy } from './effective-configuration.ts';
import type { Judged } from './judged.ts';
import type { Leaf } from './leaves.ts';
import { namesIn, readingOf } from './read-keys.ts';
import { referencesIn } from './references.ts';

/** Values from which something is inferred that changes no file: API Manager 4.5's own mapper rendered all with it and without. */
const idle: Readonly<Record<string, unknown>> = { 'server.server_role': 'default' };

/** The mapper reads these itself. */
const mappersOwn = /^(secrets|runtime_secrets)\./;

/** Keys that nothing in the product reads: it ignores them without a word. */
export function unknownKeys(judged: Judged): Finding[] {
  // By defaults that are not in force, too: a release may want a value for them all the same.
  const values = [...judged.effective.values(), ...Object.values(judged.configuration.defaults)];
  const referred = new Set(values.flatMap(referencesIn));
  const unknown = judged.leaves.filter((leaf) => !isKnown(judged, leaf, referred));
  const names = unknown.length > 0 ? namesIn(judged.configuration.keys) : [];
  return unknown.map(({ key, paths }) => {
    if (key in idle) return { key, message: 'changes nothing: leave it out' };
    const meant = nearestKey(dottedKey(paths[0] ?? []), names);
    return { key, message: `is no key that the product reads${meant ? `: did you mean ${meant}?` : ''}` };
  });
}

/** Keys for which the data only show that the product reads an array or a table above them. */
export function untoldKeys({ leaves, configuration: { keys } }: Judged): string[] {
  return leaves.filter(({ paths }) => paths.every((path) => readingOf(keys, path)?.untold)).map(({ key }) => key);
}

function isKnown(judged: Judged, leaf: Leaf, referred: ReadonlySet<string>): boolean {
  const { configuration, product, accelerator } = judged;
  const { keys, mappings, inferred } = configuration;
  const { key, paths, value, setting } = leaf;
  return (
    paths.some((path) => readingOf(keys, path)) ||
    setting.key in mappings ||
    setting.mapped.some((mapped) => referred.has(mapped)) ||
    setting.mapped.some((mapped) => inferredBy(inferred, mapped, value) && idle[mapped] !== value) ||
    (accelerator && acceleratorKeys[product].includes(key)) ||
    mappersOwn.test(key)
  );
}
