import type { Address } from './addresses.ts';
import { doors } from './doors.ts';
import type { Finding, Verdict } from './finding.ts';
import type { Answer, Stranger } from './stranger.ts';

/** Nobody serves it: a server that does answers everything alike. */
export const noSuchPath = '/cdr-stack-audit/no-such-path';

/** Asks a server for everything that no stranger has to be served. */
export async function askDoors({ server, url }: Address, stranger: Stranger): Promise<Finding[]> {
  const anything = await stranger.ask({ url: url + noSuchPath });
  const answersAll = anything.kind === 'answered' && isServed(anything.status);
  const isLikeNothing = (answer: Answer) =>
    answer.kind === 'answered' &&
    anything.kind === 'answered' &&
    isRedirect(answer) &&
    answer.headers.location === anything.headers.location;
  return Promise.all(
    doors[server].map(async ({ path, ...question }) => {
      const answer = await stranger.ask({ url: url + path });
      const verdict: Verdict = answersAll
        ? { standing: 'cannot tell', found: `every path answers ${anything.status}, also one that does not exist` }
        : isLikeNothing(answer)
          ? { standing: 'shut', found: `${path} is sent on like a path that does not exist` }
          : verdictOn(answer, path);
      return { ...question, ...verdict };
    }),
  );
}

/** Judges the response to an anonymous caller for a door that should be shut. */
export function verdictOn(answer: Answer, path: string): Verdict {
  if (answer.kind !== 'answered') return withoutAnswer(answer);
  const { status, headers } = answer;
  const found = `${path} answers ${status}`;
  if (isServed(status)) return { standing: 'open', found };
  if ([401, 403, 404, 410].includes(status)) return { standing: 'shut', found };
  return {
    standing: 'cannot tell',
    found: isRedirect(answer) ? `${found}, sent on to ${pathOf(headers.location)}` : found,
  };
}

/** What it says that no HTTP answer came. */
export function withoutAnswer(answer: Exclude<Answer, { kind: 'answered' }>): Verdict {
  if (answer.kind === 'wants a certificate')
    return { standing: 'shut', found: 'no handshake without a client certificate' };
  if (answer.kind === 'nothing listens') return { standing: 'shut', found: 'nothing listens' };
  return { standing: 'cannot tell', found: `no answer (${answer.code})` };
}

const isRedirect = ({ status, headers }: Extract<Answer, { kind: 'answered' }>) =>
  status >= 300 && status < 400 && headers.location !== undefined;

const isServed = (status: number) => status >= 200 && status < 300;

/** Without the query, in which servers put sessions. */
function pathOf(location: string | undefined): string {
  if (location === undefined || !URL.canParse(location, 'https://same')) return 'another address';
  const { host, pathname } = new URL(location, 'https://same');
  return host === 'same' ? pathname : host + pathname;
}
