import type { Credential } from '../../pki/issue-certificate.ts';
import { type Found, isRefusal, matches } from './answers.ts';
import type { Door, Identity } from './exposed-path.ts';
import { offeredFlows } from './offered-flows.ts';
import { type Question, questions, type ServerVersions } from './questions.ts';
import { openRequests } from './request.ts';
import { signedUp } from './sign-up.ts';

/** What an identity brings: a certificate, a header, both or neither. */
export interface Brought {
  certificate?: Credential;
  authorization?: string;
}

/** Servers, and what the identities bring to each. */
export interface Scanned {
  versions: ServerVersions;
  urls: Record<Door, string>;
  /** CA certificates that vouch for the servers. PEM. */
  ca: string;
  clientId: string;
  bring(identity: Identity, door: Door): Brought;
}

/** `edge`: answered, as nothing but the edge's allow list can prevent; `not emulated`: 501, of which nothing follows. */
export type Verdict = 'as expected' | 'edge' | 'not emulated' | 'unexpected';

export interface Asked extends Question {
  found: Found;
  verdict: Verdict;
}

/** How many requests are under way at once. */
const ABREAST = 8;
/** How many refused connections in a row stand for the rest of a door's paths, and how many requests without an answer. */
const ENOUGH = { 'no connection': 20, 'no answer': 3 } as const;

/**
 * Asks every path of the tables at every door as every identity. Nothing that is sent changes anything, should it be let in; where
 * strangers can still make themselves an account, they do.
 *
 * @param only selects the questions to ask; default: all.
 * @throws when a server that is connected gives no answer at all.
 */
export async function scan(scanned: Scanned, only: (question: Question) => boolean = () => true): Promise<Asked[]> {
  const requests = openRequests(scanned.ca);
  // In their order of doors and paths, so that the identities of one path come side by side.
  const waiting = questions(scanned.versions).filter(only).reverse();
  const silent = new Map<string, { found: keyof typeof ENOUGH; times: number }>();
  const all: Asked[] = [];
  try {
    await Promise.all(
      Array.from({ length: ABREAST }, async () => {
        for (let next = waiting.pop(); next; next = waiting.pop()) all.push(judged(next, await ask(next)));
      }),
    );
    const { agentOf } = requests;
    const extras = [await signedUp(ask), ...(await offeredFlows(scanned.urls['identity server'], agentOf()))];
    return [...all, ...extras.map(({ question, found }) => judged(question, found))];
  } finally {
    requests.close();
  }

  async function ask(question: Question, authorization?: string): Promise<Found> {
    const { door, identity, path, method = 'GET', form, body } = question;
    // API Manager 4.6.0's gateway answers 500 below a tenant's address, and leaves descriptions of services there without an answer.
    const kind = path.startsWith('/t/') ? `${method} of a tenant ${path.split('?')[1] ?? ''}` : '';
    const who = `${door} ${identity} ${kind}`;
    const before = silent.get(who);
    if (before && before.times >= ENOUGH[before.found]) return before.found;
    const brought = scanned.bring(identity, door);
    const url = scanned.urls[door] + path.replace('{clientId}', scanned.clientId);
    const { certificate } = brought;
    const sent = { url, method, certificate, authorization: authorization ?? brought.authorization, form, body };
    const found = await requests.status(sent).catch((cause: Error) => {
      throw new Error(`${door}: ${path} as ${identity} got no answer: ${cause.message}`, { cause });
    });
    if (typeof found === 'number') silent.set(who, { found: 'no answer', times: Number.NEGATIVE_INFINITY });
    else silent.set(who, { found, times: (silent.get(who)?.times ?? 0) + 1 });
    return found;
  }
}

/** What follows from an answer; a 501 is never one that was expected. */
export function judged(question: Question, found: Found): Asked {
  const verdict = (): Verdict => {
    if (found === 501) return 'not emulated';
    if (!matches(question.expected, found)) return 'unexpected';
    return question.edge && !isRefusal(found) ? 'edge' : 'as expected';
  };
  return { ...question, found, verdict: verdict() };
}

/** An answer in words, for a list of those that were not expected. */
export const inWords = ({ door, identity, method, path, expected, found }: Asked): string =>
  `${door}: ${method ?? 'GET'} ${path} as ${identity}: ${found} in place of ${[expected].flat().join(' or ')}`;

/** How many answers there are of each kind. */
export function counted(all: readonly Asked[]): Record<Verdict | 'paths' | 'asked', number> {
  const of = (verdict: Verdict) => all.filter((one) => one.verdict === verdict).length;
  return {
    paths: new Set(all.map(({ door, path }) => `${door} ${path}`)).size,
    asked: all.length,
    'as expected': of('as expected'),
    edge: of('edge'),
    'not emulated': of('not emulated'),
    unexpected: of('unexpected'),
  };
}
