import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, request } from 'node:https';
import { urlToHttpOptions } from 'node:url';

/** One request as it goes over the wire. */
export interface Outgoing {
  readonly agent: Agent;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | undefined;
  /** Each of them ends the request. */
  readonly signals: readonly AbortSignal[];
  /** From name look-up to the last byte. */
  readonly timeoutMs: number;
}

export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The time was over before the last byte had come. */
export class TimeIsOver extends Error {
  override readonly name = 'TimeIsOver';
}

/** An answer began and cannot be read to its end. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

const LARGEST_ANSWER = 32 * 1024 * 1024;

/**
 * HTTP round trips to one server, by Node's own client: no redirect is followed, no proxy of the environment taken, no
 * status is an error. dcr-service makes four of them for each registration, so there is nothing here that it does not
 * need.
 *
 * @throws {@link TimeIsOver}, {@link BrokenAnswer}, or the error of the connection as Node has it.
 */
export function roundTripsTo(url: URL): (outgoing: Outgoing) => Promise<Incoming> {
  const { protocol, hostname, port } = urlToHttpOptions(url);
  return ({ agent, method, path, headers, body, signals, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
      const outgoing = request({ protocol, hostname, port, agent, method, path, headers: { ...headers, ...length } });
      const give = (error: Error) => {
        done();
        reject(error);
        outgoing.destroy();
      };
      const interrupt = () => give(new DOMException('The request was given up.', 'AbortError'));
      const timer = setTimeout(() => give(new TimeIsOver()), timeoutMs);
      for (const signal of signals) signal.addEventListener('abort', interrupt);
      const done = () => {
        clearTimeout(timer);
        for (const signal of signals) signal.removeEventListener('abort', interrupt);
      };
      outgoing.on('error', give);
      outgoing.on('response', (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > LARGEST_ANSWER) give(new BrokenAnswer(`longer than ${LARGEST_ANSWER} bytes`));
        });
        answer.on('error', (cause: NodeJS.ErrnoException) =>
          give(new BrokenAnswer(cause.code ?? cause.name, { cause })),
        );
        answer.on('end', () => {
          done();
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks, size) });
        });
      });
      outgoing.end(body);
    });
}
