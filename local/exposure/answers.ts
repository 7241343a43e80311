import type { Answer, Expected } from './exposed-path.ts';

/** A status, a connection or handshake that was refused, or no answer in time. */
export type Found = number | 'no connection' | 'no answer';

const REFUSALS: readonly Found[] = [401, 403, 404, 'no connection', 'no answer'];

/** Whether an answer is one of those that are expected. */
export const matches = (expected: Expected, found: Found): boolean =>
  [expected].flat().some((answer) => matchesOne(answer as Answer, found));

export const isRefusal = (found: Found): boolean => REFUSALS.includes(found);

function matchesOne(answer: Answer, found: Found): boolean {
  switch (answer) {
    case 'refused':
      return isRefusal(found);
    case 'login':
      return found === 302;
    case 'page':
      return found === 200;
    default:
      return found === answer;
  }
}
