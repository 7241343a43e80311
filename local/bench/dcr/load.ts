import { type ConnectionOptions, connect } from 'node:tls';

/** One request of the load. */
export interface Shot {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Any other status ends the measurement: what is fast because it is refused is no result. */
  readonly expected: number;
}

/** The gateway's side: a client certificate and connections that are kept. */
export interface Gun {
  /** Milliseconds from the first byte sent to the last received. */
  fire(shot: Shot): Promise<number>;
  /** The body of the answer. */
  ask(shot: Shot): Promise<string>;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A kept connection, on which one request at a time is sent. */
interface Connection {
  send(request: string): Promise<Answer>;
  readonly isOpen: () => boolean;
  close(): void;
}

/**
 * Writes requests and reads answers by itself: the load shares the machine with what it measures, and Node's client would
 * take as much of it as half of a registration.
 */
export function aimedAt(url: string, identity: { ca: string; cert: string; key: string }): Gun {
  const { hostname, port } = new URL(url);
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const take = () => {
    for (let kept = idle.pop(); kept; kept = idle.pop()) if (kept.isOpen()) return kept;
    const made = openConnection({ host: hostname, port: Number(port), servername: hostname, ...identity });
    all.add(made);
    return made;
  };
  const send = async (shot: Shot): Promise<string> => {
    const connection = take();
    const { status, body } = await connection.send(written(shot, hostname));
    idle.push(connection);
    const { method, path, expected } = shot;
    if (status !== expected) throw new Error(`${method} ${path} was answered ${status}, not ${expected}: ${body}`);
    return body;
  };
  return {
    fire: async (shot) => {
      const started = performance.now();
      await send(shot);
      return performance.now() - started;
    },
    ask: send,
    close: () => {
      for (const connection of all) connection.close();
    },
  };
}

/** ASCII only: a JWT, and headers of ours. */
function written({ method, path, headers, body = '' }: Shot, host: string): string {
  const lines = Object.entries({ host, ...headers, 'content-length': body.length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function openConnection(options: ConnectionOptions): Connection {
  const socket = connect(options).setNoDelay().setEncoding('latin1');
  let received = '';
  let waiting = Promise.withResolvers<Answer>();
  // Nobody waits while nothing is under way.
  const fail = (error: Error) => waiting.reject(error);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('The service closed a connection before it had answered.')));
  socket.on('data', (chunk: string) => {
    received += chunk;
    const answer = wholeAnswer(received);
    if (!answer) return;
    received = '';
    waiting.resolve(answer);
  });
  return {
    send: (request) => {
      waiting = Promise.withResolvers();
      socket.write(request, 'latin1');
      return waiting.promise;
    },
    isOpen: () => !socket.destroyed,
    close: () => void socket.destroy(),
  };
}

/** Undefined until the last byte has come. The service always says how long a body is; 204 has none. */
function wholeAnswer(received: string): Answer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
  const body = received.slice(end + 4);
  if (body.length < length) return undefined;
  return { status: Number(received.slice(9, 12)), body: Buffer.from(body, 'latin1').toString() };
}

/** As fast as it goes with so many at a time; requests for each second. */
export async function flatOut(gun: Gun, shots: readonly Shot[], concurrency: number): Promise<number> {
  let next = 0;
  const worker = async () => {
    for (let shot = shots[next++]; shot; shot = shots[next++]) await gun.fire(shot);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  return shots.length / ((performance.now() - started) / 1000);
}

/**
 * So many for each second, whether or not those before have been answered: a caller does not wait for others. The times
 * count from the moment at which a request was due.
 */
export async function atRate(gun: Gun, shots: readonly Shot[], perSecond: number): Promise<number[]> {
  const started = performance.now();
  const due = (index: number) => started + (index * 1000) / perSecond;
  return Promise.all(
    shots.map(async (shot, index) => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due(index) - performance.now())));
      await gun.fire(shot);
      return performance.now() - due(index);
    }),
  );
}
