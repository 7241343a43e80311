import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program of the system to its end and gives what it wrote on stdout.
 * @throws Error with the command and what it wrote on stderr.
 */
export async function command(program: string, ...args: string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: number | string };
    const why = stderr?.trim() || (code === 'ENOENT' ? `${program} is not installed` : String(code));
    throw new Error(`${program} ${args.slice(0, 6).join(' ')}: ${why}`, { cause: error });
  }
}

/** Runs a program that reads a text. */
export async function commandReading(text: string, program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    words += part;
  });
  child.stdin.on('error', () => {}); // it ended before it had read all; its exit code says why
  child.stdin.end(text);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${words.trim() || `exit code ${code}`}`);
}
