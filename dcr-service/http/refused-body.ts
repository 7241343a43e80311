import type { IncomingMessage } from 'node:http';

/** Bytes that are read of a body that nobody wants: far more than any registration has. */
const most = 10 * 1024 * 1024;

/**
 * Reads what is left of a request's body and drops it, before the request is refused: a caller that is still sending when the connection
 * closes loses the answer. Stops after 10 MiB, or when nothing has come for a while.
 *
 * @param quietMs how long a while is, in milliseconds.
 * @returns whether the body was read to its end; if not, the connection can take no other request.
 */
export function readToItsEnd(request: IncomingMessage, quietMs: number): Promise<boolean> {
  if (request.complete || request.destroyed) return Promise.resolve(request.complete);
  return new Promise((resolve) => {
    let seen = 0;
    const stop = () => {
      clearTimeout(quiet);
      request.off('data', count).off('end', stop).off('close', stop).pause();
      resolve(request.complete);
    };
    const quiet = setTimeout(stop, quietMs);
    function count({ length }: Buffer) {
      seen += length;
      quiet.refresh();
      if (seen > most) stop();
    }
    request.on('data', count).once('end', stop).once('close', stop).resume();
  });
}
