import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { $ } from 'zx';
import { InvocationError } from './engine/errors.ts';

/** Pulumi was asked and did not answer as it should. */
export class PulumiError extends Error {
  override readonly name = 'PulumiError';
}

/** What Pulumi knows of a stack, and scripts need. */
export interface Stack {
  /** As `programs/outputs.ts` declares them; not checked yet. */
  outputs: Record<string, unknown>;
  /** `kubernetes:context`: which cluster the stack is in. */
  context: string | undefined;
  /** `kubernetes:kubeconfig`: a file or its text, where it is not the usual one. */
  kubeconfig: string | undefined;
  /** The administrator's name in both servers. */
  administrator: string | undefined;
  /** Where the stack declares whom it trusts. */
  trustDirectory: string;
  /** Where the generated PKI of the test recipient is, in a throw-away environment. */
  registerPkiDirectory: string | undefined;
  /** Brings the declared trust to the pods that read it, by that part of the program. */
  deployTrust(): Promise<void>;
}

export interface StackChoice {
  /** Default: the selected one. */
  stack?: string | undefined;
  /** Which Pulumi to run is `CDR_STACK_PULUMI` of them, or the one on their PATH. */
  variables?: Record<string, string | undefined>;
  /** The directory of `Pulumi.yaml`. */
  project?: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = z.record(z.string(), z.looseObject({ value: z.string().optional() }));

/**
 * Reads a stack's outputs and settings by Pulumi's command line. Secrets stay encrypted.
 *
 * @throws {InvocationError} when there is no Pulumi, no such stack, or nothing deployed yet.
 * @throws {PulumiError} when Pulumi fails.
 */
export async function readStack(choice: StackChoice = {}): Promise<Stack> {
  const [outputs, configured] = await Promise.all([
    ask(choice, ['stack', 'output', '--json', '--show-secrets=false']),
    ask(choice, ['config', '--json']),
  ]);
  if (Object.keys(outputs).length === 0) {
    const which = choice.stack === undefined ? 'The selected stack' : `The stack ${choice.stack}`;
    throw new InvocationError(`${which} has no outputs yet: nothing is deployed. next: pulumi up`);
  }
  const values = settings.parse(configured);
  const setting = (key: string) => values[`cdr-stack:${key}`]?.value || undefined;
  const inProject = (path: string) => resolve(choice.project ?? root, path);
  const pki = setting('registerPkiDirectory');
  return {
    outputs,
    context: values['kubernetes:context']?.value,
    kubeconfig: values['kubernetes:kubeconfig']?.value,
    administrator: setting('administrator'),
    trustDirectory: inProject(setting('trustDirectory') ?? `stacks/${choice.stack ?? (await selected(choice))}/trust`),
    registerPkiDirectory: pki === undefined ? undefined : inProject(pki),
    deployTrust: () => deployTrust(choice),
  };
}

/** The name of the selected stack. */
async function selected(choice: StackChoice): Promise<string> {
  return (await runPulumi(choice, ['stack', '--show-name'])).trim();
}

/**
 * What the declared trust is made of, and the pods that read it. One by one, not by their dependents: the Job that provisions depends on
 * the servers, too, and would wait for the lock that this run holds.
 */
const trustTargets = [
  ...['trust-recipients', 'trust-servers', 'dcr-service-trust'].map((name) => `**:ConfigMap::${name}`),
  ...['api-manager', 'identity-server', 'dcr-service'].map((name) => `**:Deployment::${name}`),
];

async function deployTrust(choice: StackChoice): Promise<void> {
  const targets = trustTargets.flatMap((target) => ['--target', target]);
  await runPulumi(choice, ['up', '--yes', '--skip-preview', '--color', 'never', ...targets]);
}

async function ask(choice: StackChoice, question: string[]): Promise<Record<string, unknown>> {
  const answer = await runPulumi(choice, question);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(answer));
  } catch {
    throw new PulumiError(`pulumi ${question.join(' ')} printed no JSON document.`);
  }
}

/**
 * Runs Pulumi and returns what it printed on stdout.
 *
 * @param input what it reads from its standard input: secrets, which a list of processes must not show.
 * @throws {InvocationError} when there is no Pulumi, or no such stack.
 * @throws {PulumiError} when Pulumi fails.
 */
export async function runPulumi(
  { stack, variables = process.env, project = root }: StackChoice,
  args: string[],
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
  // The shell's own answers: there is no such command, or it is none.
  if (exitCode === 126 || exitCode === 127) {
    throw new InvocationError(
      `A stack is read by Pulumi, and ${pulumi} is not there: install it, name it by CDR_STACK_PULUMI, ` +
        'or, where a command has these, do without: --outputs FILE, or --apim, --is, --endpoint and --ca for servers that you have.',
    );
  }
  if (exitCode !== 0) throw failure(args, stack, stderr.trim() || lastLines(stdout));
  return stdout;
}

/** An operation tells on stdout why it failed, after all that it did. */
const lastLines = (text: string) => text.trim().split('\n').slice(-25).join('\n');

function failure(args: string[], stack: string | undefined, said: string): Error {
  if (/no stack selected/.test(said)) {
    return new InvocationError('No stack is selected: name one by --stack, or select it by pulumi stack select.');
  }
  if (/no stack named/.test(said)) {
    return new InvocationError(
      `There is no stack ${stack ?? 'of that name'}: pulumi stack ls lists those that there are.`,
    );
  }
  // Pulumi shows no setting of a stack that lacks one without a default.
  if (/missing configuration value/.test(said)) {
    return new InvocationError(`${said.replace(/^error: /, '')}: set them (docs/settings.md), and run this again.`);
  }
  if (/currently locked by/.test(said)) {
    return new PulumiError(
      `Another Pulumi is at work on the stack, or was killed: wait, or end its lock by pulumi cancel. It said:\n${said}`,
    );
  }
  return new PulumiError(`pulumi ${args.join(' ')} failed: ${said.replace(/^error: /, '') || 'it said nothing'}`);
}
