import type { Address } from './addresses.ts';
import { withoutAnswer } from './ask-doors.ts';
import type { AuditedServer, Finding, Question, Verdict } from './finding.ts';
import type { Answer, Stranger } from './stranger.ts';

/** Where headers are read: the page on which people log in; the gateway has none. */
const pages: Readonly<Record<AuditedServer, string>> = {
  'api-manager': '/authenticationendpoint/login.do',
  'identity-server': '/authenticationendpoint/login.do',
  gateway: '/',
};

type Asked = Omit<Question, 'server' | 'by'> & { of?: AuditedServer[]; judge(answer: Answered): Verdict };
type Answered = Extract<Answer, { kind: 'answered' }>;

const web: AuditedServer[] = ['api-manager', 'identity-server'];
const atTheEdge = 'at the edge that ends TLS, or by http_header_security_filter';

const questions: readonly Asked[] = [
  {
    question: 'hsts',
    subject: 'Strict-Transport-Security',
    severity: 'low',
    consequence: 'a browser may be led to the server without TLS',
    cure: `set Strict-Transport-Security ${atTheEdge}.hsts.enabled = true`,
    of: web,
    judge: ({ headers }) => present(headers['strict-transport-security']),
  },
  {
    question: 'framing',
    subject: 'X-Frame-Options',
    severity: 'low',
    consequence: 'another page can frame the login page, and take its clicks',
    cure: `set X-Frame-Options ${atTheEdge}.anti_click_jacking.enabled = true`,
    of: web,
    judge({ status, headers }) {
      // An error page has nothing to click.
      if (status !== 200) return { standing: 'cannot tell', found: `the login page answers ${status}` };
      const policy = headers['content-security-policy'];
      return present(headers['x-frame-options'] ?? (policy?.includes('frame-ancestors') ? policy : undefined));
    },
  },
  {
    question: 'server-header',
    subject: 'Server header',
    severity: 'low',
    consequence: 'anybody learns which product it is',
    cure: 'transport.https.properties.server = a word of your own; of the gateway: remove the header at the edge',
    judge: ({ headers: { server } }) =>
      /WSO2|Synapse|Carbon/i.test(server ?? '')
        ? { standing: 'open', found: `Server: ${server}` }
        : { standing: 'shut', found: server === undefined ? 'no such header' : `Server: ${server}` },
  },
];

function present(value: string | undefined): Verdict {
  return value === undefined
    ? { standing: 'open', found: 'no such header' }
    : { standing: 'shut', found: value.slice(0, 80) };
}

/** Reads a server's headers for browsers. */
export async function askHeaders({ server, url }: Address, stranger: Stranger): Promise<Finding[]> {
  const answer = await stranger.ask({ url: url + pages[server] });
  return questions
    .filter(({ of }) => of?.includes(server) ?? true)
    .map(({ of, judge, ...question }) => ({
      server,
      by: 'asking',
      ...question,
      ...(answer.kind === 'answered' ? judge(answer) : { ...withoutAnswer(answer), standing: 'cannot tell' }),
    }));
}
