import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clustering } from './clustering.ts';

/** An entry of a cache that is void. */
export interface CacheEntry {
  cache: string;
  key: string;
}

/** The members of a cluster, as one of them knows them. */
export interface Members {
  /** How many there are, this one included. */
  readonly size: number;
  /** Connects to the member at an address; false if no member of the same domain listens there. */
  join(host: string): Promise<boolean>;
  /** Sends to all others without waiting: as with the product's topic, they receive it a moment later. */
  tell(entry: CacheEntry): void;
  close(): Promise<void>;
}

export interface MemberEvents {
  heard(entry: CacheEntry): void;
  joined(host: string): void;
  left(host: string): void;
}

const Greeting = z.object({ domain: z.string(), host: z.string() });
const Entry = z.object({ cache: z.string(), key: z.string() });

/** How long one waits for the other's greeting; Hazelcast's own patience with a connection. */
const patienceMs = 5_000;
/** How long messages are kept for members that join later: MAX_MESSAGE_LIFETIME of HazelcastClusteringAgent. */
const replayMs = 5 * 60_000;

/**
 * Opens the port at which members receive messages, and connects to the other members. It replaces Hazelcast's binary protocol: lines of
 * JSON, in the clear as there. Each member sends on its own connection to every other; if the other cannot connect back, neither is a
 * member for the other.
 *
 * @throws {Error} if the port is in use.
 */
export async function openMembers(
  { domain, host: ownHost, port }: Pick<Clustering, 'domain' | 'host' | 'port'>,
  { heard, joined, left }: MemberEvents,
  logger: Logger,
): Promise<Members> {
  const sockets = new Set<Socket>();
  const members = new Map<string, Socket>();
  const joining = new Map<string, Promise<boolean>>();
  const unreachable = new Set<string>();
  const told: { line: string; at: number }[] = [];
  const greeting = lineOf({ domain, host: ownHost });

  const server = createServer((socket) => {
    const lines = linesOf(kept(socket));
    // Its caller notices when it ends.
    void answer(socket, lines).catch(() => socket.destroy());
  });
  server.listen(port, ownHost);
  await once(server, 'listening');

  function kept(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The reader of the socket gets errors, too; nothing else needs them.
    return socket.on('error', () => {});
  }

  async function answer(socket: Socket, lines: Lines): Promise<void> {
    const { host } = await greetingFrom(lines, domain);
    const pending = joining.get(host);
    // Two that call each other at once would wait for each other for ever.
    if (pending) void pending.then((isMember) => isMember || join(host));
    else if (!(await join(host))) return void socket.destroy();
    socket.write(greeting);
    for await (const line of lines) heard(Entry.parse(JSON.parse(line)));
  }

  async function join(host: string): Promise<boolean> {
    if (!server.listening) return false;
    const attempt =
      joining.get(host) ??
      call(host).then(
        () => true,
        (error: Error) => {
          joining.delete(host);
          // Pods that are gone stay among those that are looked for.
          const level = unreachable.has(host) ? 'debug' : 'warn';
          logger[level](`Cannot connect to member [Address] ${host}:${port}: ${error.message}`);
          unreachable.add(host);
          return false;
        },
      );
    joining.set(host, attempt);
    return attempt;
  }

  async function call(host: string): Promise<void> {
    const socket = kept(connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 }));
    const patience = setTimeout(() => socket.destroy(new Error('no answer')), patienceMs);
    const lines = linesOf(socket);
    try {
      socket.write(greeting);
      await greetingFrom(lines, domain);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(patience);
    }
    members.set(host, socket);
    unreachable.delete(host);
    logger.info({ members: members.size + 1 }, `Member joined: [Address] ${host}:${port}`);
    for (const { line } of recently(told)) socket.write(line);
    joined(host);
    void endOf(lines).then(() => {
      members.delete(host);
      joining.delete(host);
      if (!server.listening) return;
      logger.info({ members: members.size + 1 }, `Member left: [Address] ${host}:${port}`);
      left(host);
    });
  }

  return {
    get size() {
      return members.size + 1;
    },
    join,
    tell(entry) {
      const line = lineOf(entry);
      told.splice(0, told.length, ...recently(told), { line, at: Date.now() });
      for (const socket of members.values()) socket.write(line);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Lines = AsyncGenerator<string, void>;

const lineOf = (value: object) => `${JSON.stringify(value)}\n`;

async function* linesOf(socket: Socket): Lines {
  let rest = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function greetingFrom(lines: Lines, domain: string): Promise<z.infer<typeof Greeting>> {
  const { value } = await lines.next();
  if (value === undefined) throw new Error('it hung up');
  const greeting = Greeting.parse(JSON.parse(value));
  if (greeting.domain !== domain) throw new Error(`it is of the cluster domain ${greeting.domain}`);
  return greeting;
}

async function endOf(lines: Lines): Promise<void> {
  try {
    for await (const _ of lines);
  } catch {
    // That, too, is an end.
  }
}

function recently(told: readonly { line: string; at: number }[]) {
  const since = Date.now() - replayMs;
  return told.filter(({ at }) => at >= since);
}
