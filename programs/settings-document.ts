import { readFile, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { optionalSecrets } from './optional-secrets.ts';

/** The page that `npm run docs` writes; a test compares it. */
export const settingsDocumentFile = new URL('../docs/settings.md', import.meta.url);

const schema = new URL('../Pulumi.yaml', import.meta.url);

const declaration = z.strictObject({
  type: z.enum(['string', 'array', 'boolean', 'integer']),
  items: z.strictObject({ type: z.literal('string') }).optional(),
  description: z.string(),
  secret: z.boolean().optional(),
  default: z.union([z.string(), z.boolean(), z.number(), z.array(z.string())]).optional(),
});

type Declaration = z.output<typeof declaration>;

/** What Pulumi.yaml declares, in its order. */
export async function declaredSettings(): Promise<[key: string, setting: Declaration][]> {
  const { config } = z
    .looseObject({ config: z.record(z.string(), declaration) })
    .parse(parse(await readFile(schema, 'utf8')));
  return Object.entries(config);
}

/** The reference of a stack's settings, in Markdown, made from Pulumi.yaml. */
export async function settingsDocument(): Promise<string> {
  const rows = (await declaredSettings()).map(
    ([key, setting]) =>
      `| \`${key}\` | ${kindOf(key, setting)} | ${defaultOf(setting)} | ${oneLine(setting.description)} |`,
  );
  return `<!-- Made from Pulumi.yaml by npm run docs. -->
# Settings of a stack

\`pulumi config set KEY VALUE\` sets one, with \`--secret\` for a secret, which is then encrypted in the stack's file; Pulumi's own
\`kubernetes:context\` must be set as well. What is missing, mistyped or unknown is said all at once by \`pulumi preview\`, with the
nearest name, before anything is changed.

| setting | kind | default | what it is |
|---|---|---|---|
${rows.join('\n')}
`;
}

function kindOf(key: string, { type, items, secret }: Declaration): string {
  const kind = items ? `list of ${items.type}s` : type;
  return secret || optionalSecrets.includes(key) ? `${kind}, secret` : kind;
}

function defaultOf({ default: value }: Declaration): string {
  if (value === undefined) return '**must be set**';
  if (value === '') return 'empty';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : value}\``;
}

/** A row of a table has one line, and its own bars. */
function oneLine(text: string): string {
  return text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll(/<(?=\w)/g, '\\<');
}

/* node:coverage ignore next */
if (import.meta.main) await writeFile(settingsDocumentFile, await settingsDocument());
