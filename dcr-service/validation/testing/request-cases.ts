import { issuer, redirectUris, softwareId } from '../../testing/signed-requests.ts';
import type { requestRules } from '../request-rules.ts';
import { expiryCases, identifierCases, issuedCases, oddHosts, type RuleCases, wordCases } from './rule-cases.ts';

const signingAlgorithm = wordCases(
  ['PS256', 'ES256'],
  ['RS256', 'HS256', 'none', 'PS384'],
  /must be one of 'PS256,ES256'/,
);
const [callback = ''] = redirectUris;

/** For every rule of the table what it must accept and refuse. */
export const requestCases: Readonly<Record<keyof typeof requestRules, RuleCases>> = {
  iss: {
    valid: [softwareId],
    wrong: [['another product', /must equal the software_id/]],
    boundary: {
      accepted: [softwareId],
      refused: [`${softwareId} `, softwareId.toUpperCase(), softwareId.slice(1), softwareId.replace('a', 'а')],
    },
  },
  iat: issuedCases,
  exp: expiryCases,
  nbf: issuedCases,
  jti: identifierCases,
  aud: {
    valid: [issuer, [issuer], ['https://other.example', issuer]],
    wrong: [
      ['https://other.example', /must contain/],
      [[], /must contain/],
      [[issuer, ''], /a string or an array of strings/],
    ],
    boundary: {
      accepted: [[issuer, issuer]],
      refused: [`${issuer}/`, issuer.toUpperCase(), issuer.slice(0, -1), [`${issuer} `]],
    },
  },
  redirect_uris: {
    valid: [redirectUris, [callback], []],
    wrong: [
      [['https://evil.example/callback'], /not among the redirect_uris/],
      [['not a URI'], /must hold absolute https URIs/],
      [['http://app.brolga.example/callback'], /must hold absolute https URIs/],
      [[`${callback}#fragment`], /without a fragment/],
      [[callback, 'javascript:alert(1)'], /must hold absolute https URIs/],
      ...oddHosts.map((uri) => [[callback, uri], /must name hosts of letters/] as const),
    ],
    boundary: {
      accepted: [[callback, callback]],
      refused: [
        [`${callback}/`],
        [`${callback}?`],
        [callback.replace('app', 'APP')],
        [callback.slice(0, -1)],
        [callback.replace('.example', '.example:443')],
      ],
    },
  },
  token_endpoint_auth_method: wordCases(
    ['private_key_jwt'],
    ['client_secret_basic', 'tls_client_auth', 'none'],
    /must be one of 'private_key_jwt'/,
  ),
  token_endpoint_auth_signing_alg: signingAlgorithm,
  grant_types: {
    valid: [['authorization_code'], ['client_credentials', 'authorization_code', 'refresh_token']],
    wrong: [
      [['client_credentials'], /must contain the 'authorization_code' value/],
      [['authorization_code', 'implicit'], /may hold only/],
      [['authorization_code', 'urn:openid:params:grant-type:ciba'], /may hold only/],
    ],
    boundary: {
      accepted: [['authorization_code', 'authorization_code']],
      refused: [[], ['AUTHORIZATION_CODE'], ['authorization_code ']],
    },
  },
  response_types: {
    valid: [['code']],
    wrong: [
      [['code id_token'], /hybrid response type 'code id_token'/],
      [['token'], /must be \['code'\]/],
    ],
    boundary: { accepted: [['code'], ['code', 'code']], refused: [[], ['code', 'code id_token'], ['CODE'], ['code ']] },
  },
  application_type: wordCases(['web'], ['native'], /must be one of 'web'/),
  id_token_signed_response_alg: signingAlgorithm,
  authorization_signed_response_alg: signingAlgorithm,
  request_object_signing_alg: signingAlgorithm,
};
