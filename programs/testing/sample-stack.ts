import type { PodTemplate } from './kubernetes-object.ts';
import { objectsOf, type RecordedStack, recordStack } from './recorded-stack.ts';
import { sampleSettings } from './sample-settings.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A whole stack `local`, recorded, with what it was made from. */
export interface SampleStack {
  stack: RecordedStack;
  settings: Record<string, string>;
  /** Where `trust/` and `pki/` of its settings are; gone after the tests of the file. */
  directory: string;
}

/** @param changes settings beyond those of `sampleSettings`. */
export async function sampleStack(changes: Record<string, string> = {}): Promise<SampleStack> {
  const directory = temporaryDirectory();
  const settings = { ...(await sampleSettings(directory)), ...changes };
  return { stack: await recordStack(settings), settings, directory };
}

/** What the pods of a stack are made from, by the name of the Deployment. */
export function podTemplates(stack: RecordedStack): Record<string, PodTemplate> {
  return Object.fromEntries(objectsOf(stack, 'Deployment').map(({ name, inputs }) => [name, inputs.spec.template]));
}
