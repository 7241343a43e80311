import type { softwareStatementRules } from '../software-statement-rules.ts';
import {
  expiryCases,
  identifierCases,
  issuedCases,
  labelCases,
  oddHosts,
  proseCases,
  type RuleCases,
  textCases,
  uriCases,
  wordCases,
} from './rule-cases.ts';

const web = uriCases('web');
const long = (length: number) => `https://a.example/${'x'.repeat(length - 'https://a.example/'.length)}`;

/** For every rule of the table what it must accept and refuse. */
export const softwareStatementCases: Readonly<Record<keyof typeof softwareStatementRules, RuleCases>> = {
  iss: wordCases(['cdr-register'], ['https://register.example', 'cdr'], /must be 'cdr-register'/),
  iat: issuedCases,
  exp: expiryCases,
  nbf: issuedCases,
  jti: identifierCases,
  legal_entity_id: identifierCases,
  legal_entity_name: labelCases,
  org_id: identifierCases,
  org_name: labelCases,
  client_name: textCases(255),
  client_description: proseCases,
  client_uri: web,
  logo_uri: web,
  redirect_uris: {
    valid: [['https://a.example/'], ['https://localhost:9/x', 'https://localhost:9/y']],
    wrong: [
      [['http://a.example/'], /absolute https URIs without a fragment/],
      [['https://a.example/#x'], /without a fragment/],
      [['https://a.example/', 'a.example'], /absolute https URIs/],
      ...oddHosts.map((uri) => [['https://a.example/', uri], /must name hosts of letters/] as const),
    ],
    boundary: {
      accepted: [[long(2048)], ['https://a_b.xn--bnke-loa.example/*', 'https://a_b.xn--bnke-loa.example/']],
      refused: [[], [long(2049)]],
    },
  },
  sector_identifier_uri: uriCases('https'),
  tos_uri: web,
  policy_uri: web,
  jwks_uri: uriCases('https', /Invalid jwks_uri in SSA|control character/),
  revocation_uri: web,
  recipient_base_uri: web,
  // The issuer of the request has to follow; the test sees to that.
  software_id: textCases(255),
  software_roles: wordCases(
    ['data-recipient-software-product'],
    ['data-holder'],
    /must be 'data-recipient-software-product'/,
  ),
  scope: {
    valid: ['openid cdr:registration', 'openid profile energy:electricity.usage:read cdr:registration'],
    wrong: [
      ['openid bank:accounts.basic:read', /must contain 'cdr:registration'/],
      ['cdr:registration', /must contain 'openid'/],
    ],
    boundary: {
      accepted: ['cdr:registration openid'],
      refused: ['OPENID cdr:registration', 'openid,cdr:registration', 'openid cdr:registrations'],
    },
  },
};
