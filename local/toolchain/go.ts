import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Go's own installer puts it, which is not always on PATH. */
const usualPlace = '/usr/local/go/bin/go';

/** The oldest Go that the modules of this folder accept: the highest `go` line of their go.mod files. */
export const oldestGo = '1.26';

/** The answer of `go version` as a release, or nothing when it is no release (`devel …`). */
export function goRelease(answer: string): string | undefined {
  return /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(answer)?.[1];
}

/** Whether one dotted version is the other or newer. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [ours, theirs] = [version, oldest].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (const [index, wanted] of (theirs ?? []).entries()) {
    const found = ours?.[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}

/**
 * The `go` command to build with.
 * @throws Error if there is no Go, or only one that is too old.
 */
export async function findGo(): Promise<string> {
  let tooOld: string | undefined;
  for (const go of ['go', usualPlace]) {
    const answer = await run(go, ['version'], { env: { ...process.env, GOTOOLCHAIN: 'local' } }).catch(() => undefined);
    const release = answer && goRelease(answer.stdout);
    if (release && isAtLeast(release, oldestGo)) return go;
    tooOld ??= release;
  }
  const found = tooOld ? `Go ${tooOld} is too old` : 'Go is not installed (or not on PATH)';
  throw new Error(`${found}: building needs Go ${oldestGo} or newer. Install it, then run the same command again.`);
}

/** Neither a C compiler, nor a workspace of the user's, nor a prompt of git's has a part in what is built here. */
export function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GIT_TERMINAL_PROMPT: '0' };
}
