import type { Address } from './addresses.ts';
import { withoutAnswer } from './ask-doors.ts';
import type { AuditedServer, Finding, Question } from './finding.ts';
import type { Answer, Stranger } from './stranger.ts';

/** A site that cannot be on an allow list (RFC 2606). */
const foreign = 'https://cdr-stack-audit.invalid';

const question: Omit<Question, 'server' | 'cure'> = {
  question: 'cors',
  subject: 'calls of other web sites (CORS)',
  severity: 'low',
  consequence: "any web site may call from a person's browser, and read the answers",
  by: 'asking',
};

const asked: Readonly<Record<AuditedServer, { path: string; cure: string }>> = {
  'api-manager': {
    path: '/api/am/devportal/v3/apis',
    cure: 'apim.cors.allow_origins = the origins of your own portals',
  },
  'identity-server': { path: '/oauth2/token', cure: 'cors.allow_any_origin = false, cors.allowed_origins = your own' },
  gateway: { path: '/', cure: 'apim.cors.allow_origins = the origins that may call; of an API: its own CORS settings' },
};

/**
 * Sends the question that a browser sends before it calls for a foreign site.
 *
 * @param api the path of an API at the gateway, which answers for itself.
 */
export async function askCors({ server, url }: Address, stranger: Stranger, api?: string): Promise<Finding> {
  const { path, cure } = asked[server];
  const target = server === 'gateway' ? (api ?? path) : path;
  const headers = { origin: foreign, 'access-control-request-method': 'GET' };
  const answer = await stranger.ask({ method: 'OPTIONS', url: url + target, headers });
  return { ...question, server, cure, ...verdict(answer, server === 'gateway' && api === undefined) };
}

function verdict(answer: Answer, ofNoApi: boolean): Pick<Finding, 'standing' | 'found'> {
  if (answer.kind !== 'answered') return { ...withoutAnswer(answer), standing: 'cannot tell' };
  const { 'access-control-allow-origin': allowed, 'access-control-allow-credentials': credentials } = answer.headers;
  if (allowed === '*' || allowed === foreign) {
    const withCookies = credentials === 'true' ? ', with cookies' : '';
    return { standing: 'open', found: `Access-Control-Allow-Origin: ${allowed}${withCookies}` };
  }
  if (ofNoApi) return { standing: 'cannot tell', found: 'each API answers for itself: name one with --api' };
  return { standing: 'shut', found: allowed ?? 'a foreign site is not allowed' };
}
