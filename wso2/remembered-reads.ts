import { isRead } from './call-kind.ts';
import type { Answer, Request, Send } from './http.ts';

/** What was read from one server since a write that could have changed it: a question is asked once, by however many at a time. */
export interface RememberedReads {
  /** Sends as `send` does, but answers a read from memory where it can. A write, done or failed, ends the memory of what it touches. */
  through(send: Send): Send;
  forget(): void;
  /** Forgets what was read below these paths. */
  forgetBelow(...starts: string[]): void;
}

/**
 * Caches successes only. A caller that joins a read which then fails repeats it, with its own time limit. Use one cache per account: the
 * account is not part of the key.
 */
export function rememberReads(): RememberedReads {
  const answers = new Map<string, { path: string; answer: Promise<Answer> }>();

  async function read(question: string, request: Request, send: Send): Promise<Answer> {
    const known = answers.get(question);
    if (known) return known.answer.catch(() => send(request));
    const asked = { path: request.path, answer: send(request) };
    answers.set(question, asked);
    try {
      return await asked.answer;
    } catch (error) {
      if (answers.get(question) === asked) answers.delete(question);
      throw error;
    }
  }

  function forgetWhatTouches(written: string) {
    const touched = touchedBy.find(({ write }) => written.startsWith(write))?.reads ?? ['/'];
    forgetBelow(touched);
  }

  function forgetBelow(starts: readonly string[]) {
    for (const [question, { path }] of answers) {
      if (starts.some((start) => path.startsWith(start))) answers.delete(question);
    }
  }

  return {
    through: (send) => async (request) => {
      const question = questionOf(request);
      if (question !== undefined) return read(question, request, send);
      try {
        return await send(request);
      } finally {
        // When the write ends, not when it begins: a concurrent read may show the state before or after it.
        if (!isRead(request.method, request.path)) forgetWhatTouches(request.path);
      }
    },
    forget: () => answers.clear(),
    forgetBelow: (...starts) => forgetBelow(starts),
  };
}

/** Which reads a write below a path may change; one that is not here may change any. */
const touchedBy = [
  { write: '/services/RemoteUserStoreManagerService', reads: ['/services/RemoteUserStoreManagerService'] },
  { write: '/scim2/', reads: ['/scim2/'] },
  { write: '/api/am/devportal/', reads: ['/api/am/devportal/', '/api/am/publisher/v4/subscriptions'] },
  { write: '/api/am/admin/v4/key-managers', reads: ['/api/am/admin/v4/key-managers', '/api/am/devportal/'] },
  {
    write: '/api/am/publisher/v4/apis',
    reads: ['/api/am/publisher/v4/apis', '/api/am/devportal/', '/api/am/gateway/'],
  },
] as const;

/** By which a read is recognised; undefined for what is never remembered. */
function questionOf({ method, path, query, asks }: Request): string | undefined {
  if (method !== 'GET' && asks === undefined) return undefined;
  return JSON.stringify([method, path, query ?? {}, asks ?? '']);
}
