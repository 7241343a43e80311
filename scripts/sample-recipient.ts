import { StepError } from './engine/errors.ts';
import { type MutualTlsRequest, sendOverMutualTls } from './mutual-tls.ts';

/** The test recipient of a throw-away stack: it signs registration requests, for callers on its own machine or in its own pod. */
export interface TestRecipient {
  url: string;
  /** Whom its request is for: the issuer of the data holder. It knows by itself when this is undefined. */
  issuer: string | undefined;
}

/**
 * Lets the test recipient sign a registration request, made then and there: it is good once, and for minutes.
 *
 * @throws {StepError} when it does not.
 */
export async function requestFromTestRecipient(
  { url, issuer }: TestRecipient,
  access: Pick<MutualTlsRequest, 'ca' | 'connect'>,
): Promise<string> {
  const answer = await sendOverMutualTls({
    method: 'POST',
    url: `${url}/registration-request`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(issuer === undefined ? {} : { audience: issuer }),
    ...access,
  });
  if (answer.kind === 'answered' && answer.status === 200) return answer.body;
  const said =
    answer.kind === 'answered' ? `${answer.status} ${answer.body.slice(0, 300)}` : `${answer.kind}, ${answer.code}`;
  throw new StepError(`The test recipient at ${url} signed no registration request (${said}).`);
}
