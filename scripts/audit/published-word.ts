import type { Address } from './addresses.ts';
import { withoutAnswer } from './ask-doors.ts';
import type { AuditedServer, Finding, Verdict } from './finding.ts';
import { rowQuestion } from './row-question.ts';
import type { Stranger } from './stranger.ts';

/** Name and word that WSO2 publishes for the servers' own pages: they are no person's, and every installation has them as shipped. */
export const publishedWord = `Client ${Buffer.from('dashboard:dashboard').toString('base64')}`;

/** What it opens as shipped, by questions that only read. */
const opens: Partial<Record<AuditedServer, readonly string[]>> = {
  'api-manager': ['/api/identity/oauth2/v1.0/scopes'],
  'identity-server': [
    '/api/server/v1/applications?limit=1',
    '/api/server/v1/identity-governance',
    '/api/identity/oauth2/v1.0/scopes',
  ],
};

/** The two ways to spell a path of the super tenant. */
const spellings = ['', '/t/carbon.super'];

/** Calls management APIs with the word that WSO2 publishes. The word opens an API that does not answer 401. */
export async function askWithPublishedWord({ server, url }: Address, stranger: Stranger): Promise<Finding[]> {
  const paths = (opens[server] ?? []).flatMap((path) => spellings.map((before) => before + path));
  return Promise.all(
    paths.map(async (path) => {
      const shown = path.replace(/\?.*/, '');
      const question = rowQuestion(server, 'account_recovery.endpoint.auth.hash', {
        question: `published-word-${shown.slice(1).replaceAll(/[/._]+/g, '-')}`,
        subject: `word that WSO2 publishes, at ${shown}`,
      });
      return { ...question, cure, ...(await verdict(url + path, stranger)) };
    }),
  );
}

const cure =
  'account_recovery.endpoint.auth.hash = the SHA-256, in hexadecimal digits, of a secret of your own; ' +
  'identity.auth_framework.endpoint.app_password = that secret';

async function verdict(url: string, stranger: Stranger): Promise<Verdict> {
  const nobody = await stranger.ask({ url });
  if (nobody.kind !== 'answered') return withoutAnswer(nobody);
  const withWord = await stranger.ask({ url, headers: { authorization: publishedWord } });
  if (withWord.kind !== 'answered') return withoutAnswer(withWord);
  const found = `${withWord.status} with it, ${nobody.status} without`;
  if (withWord.status === 401 || nobody.status === 404) return { standing: 'shut', found };
  if (nobody.status === 401 && withWord.status === 200) return { standing: 'open', found };
  return { standing: 'cannot tell', found };
}
