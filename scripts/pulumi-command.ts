import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { InvocationError } from './engine/errors.ts';

/** Pulumi was asked and did not answer as it should. */
export class PulumiError extends Error {
  override readonly name = 'PulumiError';
}

export interface StackChoice {
  /** Default: the selected one. */
  stack?: string | undefined;
  /** Which Pulumi to run is `CDR_STACK_PULUMI` of them, or the one on their PATH. */
  variables?: Record<string, string | undefined>;
  /** The directory of `Pulumi.yaml`. */
  project?: string;
}

/** Where `Pulumi.yaml` is. */
export const projectDirectory = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs Pulumi and returns what it printed on stdout.
 *
 * @param input goes to its standard input, which no other user of the machine can read: the way for secrets.
 * @throws {InvocationError} when there is no Pulumi, or no such stack.
 * @throws {PulumiError} when Pulumi fails.
 */
export async function runPulumi(
  { stack, variables = process.env, project = projectDirectory }: StackChoice,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const pulumi = variables.CDR_STACK_PULUMI || 'pulumi';
  const which = stack === undefined ? [] : ['--stack', stack];
  const env = { ...variables, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const shell = $({
    cwd: project,
    env,
    nothrow: true,
    quiet: true,
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
  });
  const { exitCode, stdout, stderr } = await shell`${[pulumi, ...args, '--non-interactive', ...which]}`;
  // The shell's own exit codes: the command does not exist, or is not executable.
  if (exitCode === 126 || exitCode === 127) {
    throw new InvocationError(
      `Reading a stack needs Pulumi, and ${pulumi} was not found: install it, or set CDR_STACK_PULUMI. ` +
        'Without Pulumi, where a command has these options: --outputs FILE, or --apim, --is, --endpoint and --ca for servers that you have.',
    );
  }
  if (exitCode !== 0) throw failure(args, stack, stderr.trim() || lastLines(stdout));
  return stdout;
}

/** An operation prints the reason for its failure at the end of stdout. */
const lastLines = (text: string) => text.trim().split('\n').slice(-25).join('\n');

function failure(args: readonly string[], stack: string | undefined, said: string): Error {
  if (/no stack selected/.test(said)) {
    return new InvocationError('No stack is selected: name one with --stack, or select it with pulumi stack select.');
  }
  if (/no stack named/.test(said)) {
    return new InvocationError(
      `There is no stack ${stack ?? 'of that name'}: pulumi stack ls lists the existing ones.`,
    );
  }
  // Pulumi shows no setting of a stack that lacks one without a default.
  if (/missing configuration value/.test(said)) {
    return new InvocationError(`${said.replace(/^error: /, '')}: set them (docs/settings.md), and run this again.`);
  }
  if (/currently locked by/.test(said)) {
    return new PulumiError(
      `Another Pulumi is running on the stack, or was killed: wait, or remove its lock with pulumi cancel. Its output:\n${said}`,
    );
  }
  return new PulumiError(`pulumi ${args.join(' ')} failed: ${said.replace(/^error: /, '') || 'it said nothing'}`);
}

/** Runs that part of the program, which replaces the pods that read it. */
export async function deployParts(choice: StackChoice, parts: readonly string[]): Promise<void> {
  const targets = parts.flatMap((part) => ['--target', part]);
  await runPulumi(choice, ['up', '--yes', '--skip-preview', '--color', 'never', ...targets]);
}
