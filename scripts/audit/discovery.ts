import { z } from 'zod';
import { baselineOf } from '../../programs/hardening/baseline.ts';
import type { Address } from './addresses.ts';
import { withoutAnswer } from './ask-doors.ts';
import type { Finding, Question, Verdict } from './finding.ts';
import { rowQuestion } from './row-question.ts';
import type { Answer, Stranger } from './stranger.ts';

const path = '/oauth2/token/.well-known/openid-configuration';

const Names = z.array(z.string()).optional();

/** What is read of OpenID Provider metadata. */
const Metadata = z.object({
  grant_types_supported: Names,
  response_types_supported: Names,
  registration_endpoint: z.string().optional(),
  id_token_signing_alg_values_supported: Names,
  id_token_encryption_alg_values_supported: Names,
});
type Metadata = z.infer<typeof Metadata>;

/** Grants by the name that deployment.toml has for them; others are called as they are there. */
const grants: Readonly<Record<string, string>> = {
  saml_bearer: 'urn:ietf:params:oauth:grant-type:saml2-bearer',
  iwa_ntlm: 'iwa:ntlm',
  jwt_bearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  token_exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
};

/** Response types of several words; RFC 6749 gives no meaning to their order. */
const responseTypes: Readonly<Record<string, string>> = {
  id_token_token: 'id_token token',
  code_token: 'code token',
  code_id_token: 'code id_token',
  code_id_token_token: 'code id_token token',
  id_token_subject_token: 'id_token subject_token',
};

interface DiscoveryQuestion {
  question: Question;
  judge(metadata: Metadata): Verdict;
}

const notSaid: Verdict = { standing: 'cannot tell', found: 'the discovery document does not say' };

function notOffered(offered: string[] | undefined, name: string): Verdict {
  if (offered === undefined) return notSaid;
  const words = (text: string) => text.split(' ').sort().join(' ');
  return offered.some((one) => words(one) === words(name))
    ? { standing: 'open', found: `discovery offers ${name}` }
    : { standing: 'shut', found: 'not offered' };
}

const ofRow = (key: string, subject: string, judge: DiscoveryQuestion['judge']): DiscoveryQuestion => ({
  question: rowQuestion('identity-server', key, { question: `discovery-${key.replaceAll(/[._]/g, '-')}`, subject }),
  judge,
});

/** What the discovery document of a version shows about the baseline, and about two other points. */
export function discoveryQuestions(version: string): DiscoveryQuestion[] {
  const rows = baselineOf('identity-server', version, false).flatMap(({ key }): DiscoveryQuestion[] => {
    const [, kind, name = ''] = /^oauth\.(grant_type|response_type)\.(\w+)\.enable$/.exec(key) ?? [];
    if (kind === 'grant_type')
      return [ofRow(key, `grant ${name}`, ({ grant_types_supported: all }) => notOffered(all, grants[name] ?? name))];
    if (kind === 'response_type') {
      const type = responseTypes[name] ?? name;
      return [ofRow(key, `response type ${type}`, ({ response_types_supported: all }) => notOffered(all, type))];
    }
    if (key === 'oauth.oidc.id_token.supported_encryption_algorithms')
      return [
        ofRow(key, 'encryption of ID tokens', ({ id_token_encryption_alg_values_supported: all }) =>
          notOffered(all, 'RSA1_5'),
        ),
      ];
    return [];
  });
  return [...rows, registrationEndpoint, idTokenAlgorithms];
}

const registrationEndpoint: DiscoveryQuestion = {
  question: {
    server: 'identity-server',
    question: 'discovery-registration-endpoint',
    subject: 'registration endpoint in discovery',
    severity: 'medium',
    consequence: "recipients are sent to Identity Server's management API",
    cure: 'oauth.endpoints.v2.oauth2_dcr_url = the URL of your registration API',
    by: 'asking',
  },
  judge({ registration_endpoint: endpoint }) {
    if (endpoint === undefined) return { standing: 'shut', found: 'not offered' };
    const managements = endpoint.includes('/api/identity/oauth2/dcr/');
    return { standing: managements ? 'open' : 'shut', found: endpoint };
  },
};

const idTokenAlgorithms: DiscoveryQuestion = {
  question: {
    server: 'identity-server',
    question: 'discovery-id-token-algorithms',
    subject: 'signatures of ID tokens',
    severity: 'medium',
    consequence: 'ID tokens are signed with algorithms that FAPI 1.0 Advanced (8.6) does not allow',
    cure: 'oauth.oidc.id_token.signature_algorithm = "PS256"',
    by: 'asking',
  },
  judge({ id_token_signing_alg_values_supported: algorithms }) {
    if (algorithms === undefined) return notSaid;
    const others = algorithms.filter((name) => !['PS256', 'ES256'].includes(name));
    return { standing: others.length > 0 ? 'open' : 'shut', found: `discovery offers ${algorithms.join(', ')}` };
  },
};

/** Reads what Identity Server says of itself. */
export async function askDiscovery({ server, url }: Address, stranger: Stranger, version: string): Promise<Finding[]> {
  if (server !== 'identity-server') return [];
  const { metadata, verdict } = read(await stranger.ask({ url: url + path }));
  return discoveryQuestions(version).map(({ question, judge }) => ({
    ...question,
    ...(metadata === undefined ? verdict : judge(metadata)),
  }));
}

function read(answer: Answer): { metadata?: Metadata; verdict: Verdict } {
  if (answer.kind !== 'answered') return { verdict: { ...withoutAnswer(answer), standing: 'cannot tell' } };
  const verdict: Verdict = { standing: 'cannot tell', found: `${path} answers ${answer.status}` };
  if (answer.status !== 200) return { verdict };
  try {
    return { metadata: Metadata.parse(JSON.parse(answer.body)), verdict };
  } catch {
    return { verdict: { ...verdict, found: `${path} is no discovery document` } };
  }
}
