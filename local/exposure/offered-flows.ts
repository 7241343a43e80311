import type { Agent } from 'node:https';
import axios from 'axios';
import type { Found } from './answers.ts';
import type { Question } from './questions.ts';

const discovery = '/oauth2/token/.well-known/openid-configuration';

/** What recipients need, by the Consumer Data Standards; `implicit` has no switch, and no response type is left for it. */
const needed = ['authorization_code', 'client_credentials', 'refresh_token', 'implicit', 'code'];

/** One line for each grant and response type that discovery offers: 200 for one that nobody needs, which is not expected. */
export async function offeredFlows(url: string, httpsAgent: Agent): Promise<{ question: Question; found: Found }[]> {
  const { data } = await axios.get(url + discovery, { httpsAgent, proxy: false });
  const offered = [...(data.grant_types_supported ?? []), ...(data.response_types_supported ?? [])];
  return offered.map((flow: string) => ({
    question: {
      door: 'identity server',
      identity: 'nobody',
      path: `${discovery} offers ${flow}`,
      expected: needed.includes(flow) ? 'page' : 'refused',
      edge: false,
    },
    found: 200,
  }));
}
