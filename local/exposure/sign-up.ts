import { randomBytes } from 'node:crypto';
import type { Found } from './answers.ts';
import type { Question } from './questions.ts';

const page = '/accountrecoveryendpoint/processregistration.do';

/**
 * Whether a stranger can make himself an account of the developer portal. The page answers alike whether it made one, so that the account
 * is tried.
 */
export async function signedUp(
  ask: (question: Question, authorization?: string) => Promise<Found>,
): Promise<{ question: Question; found: Found }> {
  const username = `stranger-${randomBytes(6).toString('hex')}`;
  const password = `Aa1!${randomBytes(12).toString('hex')}`;
  const asNobody = { door: 'management', identity: 'nobody', edge: false, expected: 'refused' } as const;
  const form = { username, password, passwordConfirm: password, 'http://wso2.org/claims/givenname': 'Stranger' };
  await ask({ ...asNobody, path: page, method: 'POST', form });
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const found = await ask({ ...asNobody, path: '/api/am/devportal/v3/applications' }, login);
  return { question: { ...asNobody, path: page, method: 'POST' }, found };
}
