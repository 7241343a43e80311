import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * What a judge says on stdout. One that finds something ends with 1.
 * @throws Error when it ends otherwise, or says nothing.
 */
export async function runJudge(program: string, args: readonly string[]): Promise<string> {
  const options = { maxBuffer: 256 * 1024 * 1024 };
  return promisify(execFile)(program, args, options).then(
    ({ stdout }) => stdout,
    (error: Error & { code?: unknown; stdout?: string }) => {
      if (error.code === 1 && error.stdout) return error.stdout;
      throw error;
    },
  );
}
