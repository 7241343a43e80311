import { z } from 'zod';
import { Wso2Error, type Wso2ErrorCode, type Wso2ErrorDetails } from './errors.ts';
import { adviceOn, wso2Codes } from './wso2-codes.ts';

/** The request as an error may show it: the server's address, never a query, header or body. */
export interface Asked {
  method: string;
  path: string;
  /** Product and address, such as `API Manager at https://localhost:9443`. */
  server: string;
}

// The shapes that the two servers give an error: API Manager's own, OAuth's, and the SOAP stack's.
const errorBody = z.union([
  z.looseObject({ error: z.string(), error_description: z.string().nullish() }),
  z.looseObject({
    code: z.union([z.number(), z.string()]).nullish(),
    message: z.string().nullish(),
    description: z.string().nullish(),
    error: z.array(z.looseObject({ message: z.string().nullish() })).nullish(),
  }),
]);

/** The SOAP services refuse an account with status 500: what they mean is in a number behind a prefix. */
const soapFault = /<faultcode>(?:\w+:)?(\d+)<\/faultcode><faultstring>([^<]*)</;

/** An answer that is not a success. */
export interface RefusingAnswer {
  status: number;
  /** Whether it says that the thing does not exist. */
  absent: boolean;
  retryAfterMs: number | undefined;
  body: string;
}

/** The error for such an answer, in the server's own words where it has any. */
export function refusal(
  asked: Asked,
  { status, absent, retryAfterMs, body }: RefusingAnswer,
  redact: (text: string) => string,
): Wso2Error {
  const { wso2Code, oauthError, description: words } = said(body);
  // After parsing, not before: in JSON within JSON a secret is escaped twice.
  const description = words === undefined ? undefined : redact(words);
  const code = absent ? 'not-found' : errorCode(status, wso2Code, oauthError);
  const number = wso2Code === undefined ? '' : ` (${wso2Code})`;
  const reason = description === undefined ? '' : `: ${description}`;
  const message = `${asked.method} ${asked.path}: ${asked.server} answered ${status}${number}${reason}`;
  const hint = adviceOn(wso2Code) ?? hints[code];
  return new Wso2Error(code, sentence(message, hint), {
    method: asked.method,
    path: asked.path,
    status,
    wso2Code,
    oauthError,
    description,
    retryAfterMs,
  });
}

const hints: Partial<Record<Wso2ErrorCode, string>> = {
  unauthorized: 'Check the user name and the password, that the account is not locked, and that its roles allow this.',
  forbidden: 'Check the roles of the account.',
  'server-error': "See the server's own log.",
  'unexpected-answer': 'Check that the address is the server itself, not a portal or proxy.',
};

function errorCode(status: number, wso2Code: number | undefined, oauthError: string | undefined): Wso2ErrorCode {
  if (wso2Code === wso2Codes.policyExists) return 'conflict';
  if (wso2Code === wso2Codes.soapAuthenticationFailed) return 'unauthorized';
  if (wso2Code === wso2Codes.soapNotAuthorized) return 'forbidden';
  if (status === 401 || oauthError === 'invalid_client' || oauthError === 'invalid_grant') return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 409 || status === 412) return 'conflict';
  if (status >= 400 && status < 500) return 'rejected';
  return status >= 500 ? 'server-error' : 'unexpected-answer';
}

function said(body: string): Pick<Wso2ErrorDetails, 'wso2Code' | 'oauthError' | 'description'> {
  const [, faultCode, faultText] = soapFault.exec(body) ?? [];
  if (faultCode !== undefined) return { wso2Code: Number(faultCode), description: faultText };
  const parsed = errorBody.safeParse(parseJson(body));
  if (!parsed.success) return { description: plainText(body) };
  const answer = parsed.data;
  if (typeof answer.error === 'string') {
    const { error, error_description } = answer;
    return { oauthError: error, description: [error, error_description].filter(Boolean).join(', ') };
  }
  const inner = Array.isArray(answer.error) ? answer.error.map((item) => item.message) : [];
  const words = [answer.message, answer.description, ...inner].filter((text): text is string => Boolean(text));
  return {
    wso2Code: typeof answer.code === 'number' ? answer.code : undefined,
    description: words.length === 0 ? undefined : [...new Set(words)].join(', '),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A short text of a proxy or servlet container is worth showing; an HTML page is not. */
function plainText(body: string): string | undefined {
  const text = body.trim();
  return text === '' || text.startsWith('<') ? undefined : text.slice(0, 300);
}

function sentence(text: string, hint: string | undefined): string {
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  return hint === undefined ? ended : `${ended} ${hint}`;
}
