import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '../../../programs/testing/temporary-directory.ts';

/** A setting of the stack; Pulumi shows no secret's value in a list. */
interface Setting {
  value: string;
  secret: boolean;
}

/** An executable that takes Pulumi's place: what it is asked is answered in the process of the test. */
export interface PulumiStandIn {
  /** For who runs Pulumi: `CDR_STACK_PULUMI`. */
  variables: Record<string, string | undefined>;
  /** Every command line so far. */
  calls: string[][];
  settings: Map<string, Setting>;
  /** Says of a call whether Pulumi is killed before or after it has done what it was asked. */
  killed: (args: string[]) => 'before' | 'after' | undefined;
  close(): Promise<void>;
}

/** @param up what `pulumi up` does with these targets. */
export async function standInForPulumi(
  outputs: unknown,
  secrets: Record<string, string>,
  up: (targets: string[]) => Promise<void>,
): Promise<PulumiStandIn> {
  const settings = new Map<string, Setting>(
    Object.entries(secrets).map(([key, value]) => [`cdr-stack:${key}`, { value, secret: true }]),
  );
  const standIn: Omit<PulumiStandIn, 'variables' | 'close'> = { calls: [], settings, killed: () => undefined };

  async function answer(args: string[], input: string): Promise<string> {
    const [command, ...rest] = args.filter((arg) => !arg.startsWith('-'));
    if (command === 'stack') return JSON.stringify(outputs);
    if (command === 'up') {
      await up(args.filter((_, index) => args[index - 1] === '--target'));
      return '';
    }
    if (command !== 'config') throw new Error(`no such command: ${command}`);
    const [operation, key = ''] = rest;
    if (operation === 'get') {
      const setting = settings.get(key);
      if (!setting) throw new Error(`configuration key '${key}' not found for stack 'local'`);
      return `${setting.value}\n`;
    }
    if (operation === 'set') settings.set(key, { value: input, secret: args.includes('--secret') });
    if (operation === 'rm') settings.delete(key);
    const shown = [...settings].map(([name, { value, secret }]) => [name, secret ? { secret } : { value, secret }]);
    return JSON.stringify(Object.fromEntries(shown));
  }

  const server = createServer(async (request, response) => {
    const { args, input } = JSON.parse(await text(request)) as { args: string[]; input: string };
    standIn.calls.push(args);
    const killed = standIn.killed(args);
    try {
      if (killed === 'before') throw new Error('killed');
      const said = await answer(args, input);
      if (killed === 'after') throw new Error('killed');
      response.end(said);
    } catch (error) {
      response.statusCode = 500;
      response.end(`error: ${error instanceof Error ? error.message : String(error)}`);
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;

  const directory = temporaryDirectory();
  const file = join(directory, 'pulumi');
  await writeFile(
    file,
    `#!${process.execPath}
const chunks = [];
if (process.argv.includes('set')) for await (const chunk of process.stdin) chunks.push(chunk);
const body = JSON.stringify({ args: process.argv.slice(2), input: Buffer.concat(chunks).toString() });
const answer = await fetch('http://127.0.0.1:${port}', { method: 'POST', body });
(answer.ok ? process.stdout : process.stderr).write(await answer.text());
process.exitCode = answer.ok ? 0 : 255;
`,
    { mode: 0o755 },
  );
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  return Object.assign(standIn, {
    variables: { PATH: process.env.PATH, CDR_STACK_PULUMI: file },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  });
}
