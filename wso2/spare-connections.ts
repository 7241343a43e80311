import type { Agent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * Makes the agent open `count` more connections together with its first, and uses them for its next ones, which then need no handshake: a
 * client that must log in before it sends many calls at once has the connections ready by then.
 *
 * @returns closes the unused ones.
 */
export function withSpares(agent: Agent, count: number): () => void {
  const open = agent.createConnection.bind(agent);
  const spares: Promise<Duplex | undefined>[] = [];
  let isFirst = true;

  agent.createConnection = (options, callback) => {
    if (isFirst) {
      isFirst = false;
      for (let opened = 0; opened < count; opened += 1) spares.push(spare(options));
      return open(options, callback);
    }
    const next = spares.shift();
    if (next === undefined) return open(options, callback);
    next.then((socket) => {
      if (socket && !socket.destroyed) return callback?.(null, socket);
      const instead = open(options, callback);
      if (instead) callback?.(null, instead);
    });
    return undefined;
  };

  /** A connection, or undefined when nothing came of it or it has ended since. */
  async function spare(options: Parameters<typeof open>[0]): Promise<Duplex | undefined> {
    const socket = await new Promise<Duplex | undefined>((resolve) => {
      const made = open(options, (error, given) => resolve(error ? undefined : given));
      if (made) resolve(made);
    });
    // A failure is reported to the user of the connection, if any.
    socket?.on('error', () => {});
    return socket;
  }

  return () => {
    for (const one of spares.splice(0)) void one.then((socket) => socket?.destroy());
  };
}
