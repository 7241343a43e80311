import type { IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { acceptWebSocket } from './web-socket.ts';

/** Each channel (data 0, errors 1) begins with the port's number; every message starts with its channel. */
const channels = { data: 0, errors: 1 } as const;

/** Forwards a web socket to a port of this machine, as a kubelet does to a port in a pod. */
export function forwardWebSocket(request: IncomingMessage, upgraded: Duplex, podPort: number, localPort: number) {
  const target = createConnection({ host: 'localhost', port: localPort });
  const socket = acceptWebSocket(request, upgraded, 'v4.channel.k8s.io', {
    message: (message) => void (message[0] === channels.data && target.write(message.subarray(1))),
    closed: () => target.destroy(),
  });
  const send = (channel: number, payload: Buffer) => socket.send(Buffer.concat([Buffer.from([channel]), payload]));
  const portNumber = Buffer.alloc(2);
  portNumber.writeUInt16LE(podPort);
  send(channels.data, portNumber);
  send(channels.errors, portNumber);
  target.on('data', (chunk: Buffer) => send(channels.data, chunk));
  target.on('error', () => send(channels.errors, Buffer.from(`connecting to port ${podPort}: connection refused`)));
  target.on('close', () => socket.close());
}
