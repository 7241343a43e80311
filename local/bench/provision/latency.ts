import { connect as openSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connect } from '@cdr-stack/wso2';

/**
 * Connections to servers that are far away: every byte takes half of the round trip each way, and opening a connection
 * takes one, as TCP's handshake does. What is not bytes on the way (the servers' own work) takes no longer than before.
 *
 * @param roundTripMs of the way, in milliseconds.
 */
export function farAway(roundTripMs: number): Connect {
  const half = roundTripMs / 2;
  return async (host, port) => {
    const socket = openSocket({ host, port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    await delay(roundTripMs);
    // Timers of one length fire in the order in which they were set, so bytes keep theirs.
    const late = (deliver: () => void) => void setTimeout(deliver, half);
    const stream = new Duplex({
      read: () => {},
      write(chunk: Buffer, _, done) {
        late(() => socket.write(chunk));
        done();
      },
      final(done) {
        late(() => socket.end());
        done();
      },
      destroy(error, done) {
        socket.destroy();
        done(error);
      },
    });
    socket.on('data', (chunk) => late(() => stream.push(chunk)));
    socket.on('end', () => late(() => stream.push(null)));
    socket.on('close', () => late(() => stream.destroy()));
    socket.on('error', (error) => late(() => stream.destroy(error)));
    return stream;
  };
}
