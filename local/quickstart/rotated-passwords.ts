import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { passwordOfStack } from '../../scripts/rotation/configured-password.ts';
import type { Secrets } from '../processes/secrets.ts';
import type { StateDirectory } from '../processes/state-directory.ts';
import { writeWholeFile } from '../processes/whole-file.ts';

/** The stack's file as the quick start wrote it last; differences are changes by the user. */
const leftAs = (project: string) => join(project, 'left-as');

/** Notes what the stack's file is, so that {@link adoptRotatedPasswords} sees a change. */
export async function noteStackFile(project: string, stackFile: string): Promise<void> {
  await writeFile(leftAs(project), await readFile(stackFile, 'utf8'), { mode: 0o600 });
}

/** Call this before the file is rewritten, so that the rewrite does not look like a change by the user. */
export async function forgetStackFile(project: string): Promise<void> {
  await rm(leftAs(project), { force: true });
}

/**
 * `npm run rotate` changes passwords in the stack's settings. They are generated secrets of the quick start, too, which
 * would bring the old ones back, and lock API Manager out of itself: so it takes over what it finds.
 *
 * @param pulumi the executable that runs Pulumi on the quick start's stack.
 */
export async function adoptRotatedPasswords(pulumi: string, state: StateDirectory, secrets: Secrets): Promise<Secrets> {
  const project = join(state.path, 'project');
  const text = (file: string) => readFile(file, 'utf8').catch(() => undefined);
  const [left, found] = await Promise.all([text(leftAs(project)), text(join(project, 'stacks', 'Pulumi.local.yaml'))]);
  // Asking Pulumi takes seconds, and nearly always nothing has changed.
  if (left === undefined || found === undefined || left === found) return secrets;
  const choice = { stack: 'local', variables: { ...process.env, CDR_STACK_PULUMI: pulumi } };
  const [apiManagerPassword, identityServerPassword] = await Promise.all(
    (['API Manager', 'Identity Server'] as const).map((server) => passwordOfStack(choice, server).current()),
  );
  const adopted = {
    ...secrets,
    ...(apiManagerPassword && { apiManagerPassword }),
    ...(identityServerPassword && { identityServerPassword }),
  };
  if (JSON.stringify(adopted) !== JSON.stringify(secrets))
    await writeWholeFile(state.secretsFile, `${JSON.stringify(adopted, null, 2)}\n`, { mode: 0o600 });
  return adopted;
}
