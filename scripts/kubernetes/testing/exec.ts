import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Finished } from '../exec.ts';
import { acceptWebSocket } from './web-socket.ts';

export type RunInContainer = (command: string[]) => Finished;

const channels = { stdout: 1, stderr: 2, status: 3 } as const;

/** Runs a command in a container as a kubelet does: output by channel, then how it ended. */
export function execWebSocket(request: IncomingMessage, upgraded: Duplex, run: RunInContainer, command: string[]) {
  const socket = acceptWebSocket(request, upgraded, 'v4.channel.k8s.io', { message: () => {}, closed: () => {} });
  const send = (channel: number, text: string) =>
    socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
  const { exitCode, stdout, stderr } = run(command);
  if (stdout) send(channels.stdout, stdout);
  if (stderr) send(channels.stderr, stderr);
  const failure = {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: `${exitCode}` }] },
  };
  send(channels.status, JSON.stringify(exitCode === 0 ? { status: 'Success' } : failure));
  socket.close();
}
