import { Agent, type RequestOptions, request } from 'node:https';

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

export function aimedAt(url: string, identity: { ca: string; cert: string; key: string }): Gun {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, ...identity });
  const send = ({ method, path, headers, body, expected }: Shot): Promise<string> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
      const options: RequestOptions = { agent, hostname, port, path, method, family: 4 };
      request({ ...options, headers: { ...headers, ...length } }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        answer.on('end', () => {
          if (answer.statusCode === expected) resolve(text);
          else reject(new Error(`${method} ${path} was answered ${answer.statusCode}, not ${expected}: ${text}`));
        });
      })
        .on('error', reject)
        .end(body);
    });
  return {
    fire: async (shot) => {
      const started = performance.now();
      await send(shot);
      return performance.now() - started;
    },
    ask: send,
    close: () => agent.destroy(),
  };
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
