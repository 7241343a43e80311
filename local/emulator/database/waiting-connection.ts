import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { PostgresSource } from './postgres-url.ts';

/** A row of the emulator's tables: the value, as JSON text. */
export interface Row {
  json: string;
}

export interface Answer {
  rows: Row[];
  /** How many rows a statement has written or removed. */
  changes: number;
}

/** What PostgreSQL or the network said: a SQLSTATE, or a code of Node's. */
export interface Refusal {
  code?: string;
  message: string;
}

/** A statement with its values; undefined ends the connection. */
export type Question = { text: string; values: unknown[] } | undefined;

/** What the thread is given. */
export interface ThreadData {
  connection: PostgresSource['connection'];
  port: MessagePort;
  /** Counts answers: the caller sleeps on it. */
  answered: Int32Array;
}

type MessagePort = MessageChannel['port2'];

/** A connection whose answers are waited for. */
export interface WaitingConnection {
  query(text: string, values: unknown[]): Answer | { refusal: Refusal };
  close(): void;
}

/** Longer than the thread itself waits for a connection and for an answer. */
const patienceMs = 30_000;

/**
 * Connects to PostgreSQL and waits for every answer, as a thread of the product does. The emulator's state is synchronous, because
 * SQLite is; no client for PostgreSQL is. So the client (`pg`) runs in a thread, and this one sleeps until it has answered:
 * `Atomics.wait` ends before `receiveMessageOnPort` can miss anything, since the thread posts its answer before it counts it.
 * What it costs is the time of one round trip; meanwhile the server does nothing else.
 */
export function openWaitingConnection(connection: PostgresSource['connection']): WaitingConnection {
  const { port1: port, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(new URL('./postgres-thread.ts', import.meta.url), {
    workerData: { connection, port: port2, answered } satisfies ThreadData,
    transferList: [port2],
    // Of the options that this process was started with none is for the thread.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  // A server that ends does not wait for it.
  thread.unref();

  const ask = (question: Question): Answer | { refusal: Refusal } => {
    const before = Atomics.load(answered, 0);
    port.postMessage(question);
    if (Atomics.wait(answered, 0, before, patienceMs) === 'timed-out') {
      return { refusal: { message: `No answer within ${patienceMs / 1000} s` } };
    }
    return receiveMessageOnPort(port)?.message as Answer | { refusal: Refusal };
  };
  return {
    query: (text, values) => ask({ text, values }),
    close() {
      ask(undefined);
      port.close();
    },
  };
}
