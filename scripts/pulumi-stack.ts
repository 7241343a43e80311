import { resolve } from 'node:path';
import { z } from 'zod';
import { InvocationError } from './engine/errors.ts';
import { deployParts, PulumiError, projectDirectory, runPulumi, type StackChoice } from './pulumi-command.ts';
import { defaultTrustDirectory } from './stack-trust.ts';

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
  /** The directory with the stack's declared CAs. */
  trustDirectory: string;
  /** Where the generated PKI of the test recipient is, in a throw-away environment. */
  registerPkiDirectory: string | undefined;
  /** Brings the declared trust to the pods that read it, by that part of the program. */
  deployTrust(): Promise<void>;
}

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
  const inProject = (path: string) => resolve(choice.project ?? projectDirectory, path);
  const pki = setting('registerPkiDirectory');
  return {
    outputs,
    context: values['kubernetes:context']?.value,
    kubeconfig: values['kubernetes:kubeconfig']?.value,
    administrator: setting('administrator'),
    trustDirectory: inProject(
      setting('trustDirectory') ?? defaultTrustDirectory(choice.stack ?? (await selected(choice))),
    ),
    registerPkiDirectory: pki === undefined ? undefined : inProject(pki),
    deployTrust: () => deployParts(choice, trustTargets),
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
  // Of API Manager there may be two, each with a number.
  ...['api-manager*', 'identity-server', 'dcr-service'].map((name) => `**:Deployment::${name}`),
];

async function ask(choice: StackChoice, question: string[]): Promise<Record<string, unknown>> {
  const answer = await runPulumi(choice, question);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(answer));
  } catch {
    throw new PulumiError(`pulumi ${question.join(' ')} printed no JSON document.`);
  }
}
