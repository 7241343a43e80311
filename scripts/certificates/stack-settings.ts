import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { runPulumi, type StackChoice } from '../pulumi-command.ts';
import { defaultTrustDirectory } from '../stack-trust.ts';

/** The settings of a stack, secrets in clear: never to be printed. */
export interface StackSettings {
  /** The stack's name. */
  readonly stack: string;
  /** A setting's value, or Pulumi.yaml's default; undefined where it has none or is empty. */
  get(key: string): string | undefined;
  /** Keeps a value, encrypted if it is secret. */
  set(key: string, value: string, kind: 'secret' | 'plain'): Promise<void>;
  /** The directory with the stack's declared CAs. */
  readonly trustDirectory: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const configured = z.record(z.string(), z.looseObject({ value: z.string().optional() }));
const project = z.looseObject({ config: z.record(z.string(), z.looseObject({ default: z.unknown().optional() })) });

/** A key as Pulumi has it: this project's, unless it names another namespace. */
const qualified = (key: string) => (key.includes(':') ? key : `cdr-stack:${key}`);

/**
 * Opens a stack's settings by Pulumi's command line. Values go to Pulumi on standard input, so that they do not show in a list of
 * processes.
 *
 * @throws {InvocationError} if Pulumi is missing, or the stack does not exist.
 * @throws {PulumiError} when Pulumi fails.
 */
export async function openStackSettings(choice: StackChoice = {}): Promise<StackSettings> {
  const [name, answer] = await Promise.all([
    choice.stack ?? runPulumi(choice, ['stack', '--show-name']),
    runPulumi(choice, ['config', '--json', '--show-secrets']),
  ]);
  const stack = name.trim();
  const values = configured.parse(JSON.parse(answer));
  const defaults = declaredDefaults(choice.project ?? root);
  const get = (key: string) => values[qualified(key)]?.value || defaults[key] || undefined;
  return {
    stack,
    get,
    async set(key, value, kind) {
      const how = kind === 'secret' ? '--secret' : '--plaintext';
      await runPulumi(choice, ['config', 'set', qualified(key), how], value);
      values[qualified(key)] = { value };
    },
    trustDirectory: resolve(choice.project ?? root, get('trustDirectory') ?? defaultTrustDirectory(stack)),
  };
}

function declaredDefaults(directory: string): Record<string, string> {
  const { config } = project.parse(parse(readFileSync(resolve(directory, 'Pulumi.yaml'), 'utf8')));
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[key, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
}
