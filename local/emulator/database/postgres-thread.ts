import { workerData } from 'node:worker_threads';
import pg from 'pg';
import type { Answer, Question, Refusal, ThreadData } from './waiting-connection.ts';

/** What the thread of a waiting connection does: it asks PostgreSQL, one question after the other, and counts its answers. */
const { connection, port, answered } = workerData as ThreadData;

const pool = new pg.Pool({
  ...connection,
  application_name: 'emulator',
  max: 1,
  idleTimeoutMillis: 0,
  connectionTimeoutMillis: 5_000,
  query_timeout: 5_000,
  keepAlive: true,
});
// An idle connection that broke: the pool has dropped it, and the next question opens another.
pool.on('error', () => {});

port.on('message', async (question: Question) => {
  const answer = await answerTo(question);
  port.postMessage(answer);
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
  if (question === undefined) port.close();
});

async function answerTo(question: Question): Promise<Answer | { refusal: Refusal }> {
  try {
    if (question === undefined) {
      await pool.end();
      return { rows: [], changes: 0 };
    }
    return await ask(question);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { refusal: code === undefined ? { message } : { code, message } };
  }
}

/** As the product's pool, which tests a connection before it lends it: a broken one costs its server nothing. */
async function ask(question: NonNullable<Question>): Promise<Answer> {
  const result = await pool.query(question).catch((error: { code?: string }) => {
    if (!isBroken(error)) throw error;
    // Each statement of the emulator does the same when it is repeated.
    return pool.query(question);
  });
  return { rows: result.rows, changes: result.rowCount ?? 0 };
}

/** Not PostgreSQL's answer to the statement: the connection ended, or PostgreSQL ended it (57P01 to 57P03). */
function isBroken({ code }: { code?: string }): boolean {
  return code === undefined || /^(08|57P0|ECONNRESET|EPIPE)/.test(code);
}
