import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { Setting } from './kinds.ts';
import { nearestTo } from './nearest.ts';
import { type SettingName, settingsTable } from './table.ts';

type ValueOf<S extends Setting> = S extends { optional: true }
  ? z.output<S['schema']> | undefined
  : z.output<S['schema']>;

/** The settings as the table types them. */
export type Environment = { readonly [Name in SettingName]: ValueOf<(typeof settingsTable)[Name]> };

export type Variables = Readonly<Record<string, string | undefined>>;

const settings: readonly (readonly [string, Setting])[] = Object.entries(settingsTable);

/** The names that are understood: every setting, and NAME_FILE for a secret. */
export const knownNames: readonly string[] = settings.flatMap(([name, { secret }]) =>
  secret ? [name, `${name}_FILE`] : [name],
);

/** DCR_ is our prefix: what begins with it and is not known is a slip of the pen, and would be ignored silently. */
export function unknownNames(variables: Variables): string[] {
  return Object.keys(variables)
    .filter((name) => name.startsWith('DCR_') && !knownNames.includes(name))
    .map((name) => {
      const nearest = nearestTo(name, knownNames);
      const remedy = nearest ? `did you mean ${nearest}?` : 'remove it, or see --help for the settings there are.';
      return `${name} is no setting of dcr-service: ${remedy}`;
    });
}

interface Text {
  readonly value: string | undefined;
  readonly fault?: string;
}

/** An empty variable counts as not set: that is how compose files and charts leave one out. */
export function textOf(name: string, { means, secret, standard }: Setting, variables: Variables): Text {
  const value = variables[name] || undefined;
  const file = secret && (variables[`${name}_FILE`] || undefined);
  if (!file) return { value: value ?? standard };
  if (value !== undefined) return { value: undefined, fault: `${name} and ${name}_FILE are both set: keep one.` };
  try {
    return { value: readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    return {
      value: undefined,
      fault: `${name}_FILE names ${file}, which cannot be read (${reason}): give the file with ${means}.`,
    };
  }
}

function remedyFor(name: string, { means, secret }: Setting): string {
  return secret ? `set it, or ${name}_FILE: ${means}` : `give ${means}`;
}

/**
 * Reads every setting of the table.
 *
 * @returns the values, or all faults: each names the variable and what to do, and quotes the value of no secret.
 */
export function readEnvironment(
  variables: Variables,
): { readonly values: Environment } | { readonly faults: readonly string[] } {
  const faults = unknownNames(variables);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of settings) {
    const { value, fault } = textOf(name, setting, variables);
    if (fault) faults.push(fault);
    else if (value === undefined && !setting.optional) faults.push(`${name} is not set: ${remedyFor(name, setting)}.`);
    if (value === undefined) continue;
    const parsed = setting.schema.safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else
      for (const message of new Set(parsed.error.issues.map((issue) => issue.message)))
        faults.push(`${name} ${message}: ${remedyFor(name, setting)}.`);
  }
  // Every entry has been read by its own schema; the compiler cannot follow a loop over them.
  return faults.length > 0 ? { faults } : { values: values as unknown as Environment };
}
