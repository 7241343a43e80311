import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { z } from 'zod';
import { findGo, goEnvironment } from './go.ts';

/** A release of a Go module that is wanted for files in it, not for its code. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** As go.sum has it: of all files of the release. */
  readonly sum: string;
}

const answerSchema = z.object({ Dir: z.string().optional(), Sum: z.string().optional(), Error: z.string().optional() });

/**
 * The directory with a module's files, downloaded first when Go's own cache does not have them.
 * @throws Error when it cannot be had, or is not what the checksum says.
 */
export async function downloadModule({ path, version, sum }: GoModule): Promise<string> {
  const name = `${path}@${version}`;
  // Outside every module, or Go would look for this one among its dependencies.
  const run = promisify(execFile)(await findGo(), ['mod', 'download', '-json', name], {
    cwd: tmpdir(),
    env: goEnvironment(),
  });
  // Go also prints errors on stdout.
  const { stdout } = await run.catch((error: { stdout?: string }) => ({ stdout: error.stdout || '{}' }));
  const answer = answerSchema.parse(JSON.parse(stdout));
  if (answer.Dir === undefined) throw new Error(`Go cannot download ${name}: ${answer.Error ?? 'it does not say why'}`);
  if (answer.Sum !== sum)
    throw new Error(`${name} is not what is pinned: it has ${answer.Sum}, and should have ${sum}.`);
  return answer.Dir;
}
