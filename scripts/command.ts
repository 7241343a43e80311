import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Command, CommanderError } from 'commander';
import { Interrupted } from './engine/errors.ts';
import { maskText } from './engine/mask.ts';
import { exitCodeOf } from './exit-codes.ts';

/** Whether this module is the one that Node was started with. */
export function isEntryPoint(moduleUrl: string): boolean {
  const [, script] = process.argv;
  return script !== undefined && pathToFileURL(realpathSync(script)).href === moduleUrl;
}

/** Ctrl-C stops between two writes; a second one stops at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Interrupted(`Interrupted (${signal}); run again to go on.`)));
  }
  return controller.signal;
}

/** Runs a command to its exit code. Talk, errors included, goes to stderr. */
export async function runCommand(command: Command, argv: readonly string[]): Promise<void> {
  // Subcommands took on the settings that this one had when they were made.
  for (const one of [command, ...command.commands]) {
    one.exitOverride().configureOutput({ writeErr: (text) => process.stderr.write(text) });
  }
  try {
    await command.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Commander has said it already.
    if (error instanceof CommanderError) return;
    const message = maskText(error instanceof Error ? error.message : String(error));
    const asJson = command.opts<{ json?: boolean }>().json;
    process.stderr.write(
      asJson ? `${JSON.stringify({ event: 'error', message })}\n` : `${command.name()}: ${message}\n`,
    );
  }
}
