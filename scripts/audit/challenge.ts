import type { Address } from './addresses.ts';
import { withoutAnswer } from './ask-doors.ts';
import type { Finding, Question, Verdict } from './finding.ts';
import { rowQuestion } from './row-question.ts';
import type { Answer, Stranger } from './stranger.ts';

const internalKey: Question = {
  server: 'gateway',
  question: 'internal-key',
  subject: 'try-out key beside OAuth',
  severity: 'high',
  consequence: 'a key of the portal reaches the backend without scope, subscription or certificate binding',
  cure: 'leave the alias gateway_certificate_alias out of the truststore',
  by: 'asking',
};

const certificates = rowQuestion('gateway', 'keystore.listener_profile.ssl_verify_client', {
  question: 'client-certificate',
  subject: 'callers without a certificate',
});

/** Asks the gateway without token and certificate: does it answer at all, and, at an API, by what does it say one may come in. */
export async function askGateway({ url }: Address, stranger: Stranger, api?: string): Promise<Finding[]> {
  const answer = await stranger.ask({ url: url + (api ?? '/') });
  return [
    { ...certificates, ...served(answer) },
    { ...internalKey, ...offered(answer, api) },
  ];
}

function served(answer: Answer): Verdict {
  if (answer.kind !== 'answered') return withoutAnswer(answer);
  return { standing: 'open', found: `answers ${answer.status} to a caller without a certificate` };
}

function offered(answer: Answer, api: string | undefined): Verdict {
  if (answer.kind !== 'answered') return { ...withoutAnswer(answer), standing: 'cannot tell' };
  if (api === undefined) return { standing: 'cannot tell', found: 'each API answers for itself: name one with --api' };
  const challenge = answer.headers['www-authenticate'];
  if (challenge === undefined) return { standing: 'cannot tell', found: `${api} answers ${answer.status}` };
  // The challenge is the product's own text, whether a key would be taken or not.
  return /Internal API Key/i.test(challenge)
    ? {
        standing: 'cannot tell',
        found: 'the gateway offers an internal API key; whether it accepts one depends on the truststore',
      }
    : { standing: 'shut', found: 'the gateway does not offer it' };
}
