import { textOf, unknownNames, type Variables } from './environment.ts';
import type { Setting } from './kinds.ts';
import { sections, settingsTable, standardOpenApiFile } from './table.ts';

/** Shows a path that does not depend on this machine. */
const shown = (value: string) => (value === standardOpenApiFile ? 'apis/dcr/openapi.yaml' : value);

/** The default as a user would write it; `required`, `none` or `empty` if there is no value to show. */
export function standardOf({ standard, optional }: Setting): string {
  if (standard === undefined) return optional ? 'none' : 'required';
  return standard === '' ? 'empty' : shown(standard);
}

export const entriesOf = (section: Record<string, Setting>) => Object.entries(section);

export function meaningOf({ means, unit, secret }: Setting): string {
  const notes = [...(unit ? [`in ${unit}`] : []), ...(secret ? ['a secret: or NAME_FILE'] : [])];
  return notes.length > 0 ? `${means} (${notes.join('; ')})` : means;
}

/** What `--help` says: every setting with its meaning, unit and default. */
export function helpText(): string {
  const lines = Object.entries(sections).flatMap(([heading, section]) => [
    '',
    `${heading}:`,
    ...entriesOf(section).flatMap(([name, setting]) => [
      `  ${name}  [${standardOf(setting)}]`,
      `      ${meaningOf(setting)}`,
    ]),
  ]);
  return [
    'Usage: node dcr-service/main.ts [--help | --print-settings]',
    '',
    'Serves the Dynamic Client Registration of a CDR data holder. It takes no arguments but reads its environment:',
    '[default] follows the name; [required] must be set. --print-settings shows the settings, secrets masked, and lists',
    'every fault.',
    ...lines,
  ].join('\n');
}

/** What is in force, one line for each setting. Of a secret it says only whether it is set, and where it comes from. */
export function printedSettings(variables: Variables): string {
  const table: readonly (readonly [string, Setting])[] = Object.entries(settingsTable);
  const lines = table.map(([name, setting]) => {
    const { value, fault } = textOf(name, setting, variables);
    if (fault) return `${name}=  # see below`;
    if (setting.secret) {
      const from = variables[`${name}_FILE`] ? ` from ${name}_FILE` : '';
      return `${name}=${value === undefined ? '  # not set' : `********${from && `  #${from}`}`}`;
    }
    const origin = variables[name] ? '' : value === undefined ? '  # not set' : '  # default';
    return `${name}=${value ?? ''}${origin}`;
  });
  return [...lines, ...unknownNames(variables).map((fault) => `# ${fault}`)].join('\n');
}
