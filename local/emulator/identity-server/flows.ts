import type { ServerHome } from '../server-home.ts';
import type { IdentityServerVersion } from './version.ts';

/** What clients may register and use: each is on as shipped, unless `enable = false` in its table of deployment.toml. */
export interface Flows {
  grants: readonly string[];
  responseTypes: readonly string[];
}

/** The last part of a table's name below `[oauth.grant_type]`, and what the protocol calls it. */
type Flow = readonly [key: string, name: string, since?: 'since 7.0'];

const urn = (name: string) => `urn:ietf:params:oauth:grant-type:${name}`;

const grants: readonly Flow[] = [
  ['authorization_code', 'authorization_code'],
  ['refresh_token', 'refresh_token'],
  ['client_credentials', 'client_credentials'],
  ['password', 'password'],
  ['implicit', 'implicit'],
  ['iwa_ntlm', 'iwa:ntlm'],
  ['device_code', urn('device_code')],
  ['saml_bearer', urn('saml2-bearer')],
  ['jwt_bearer', urn('jwt-bearer')],
  ['account_switch', 'account_switch'],
  ['organization_switch', 'organization_switch', 'since 7.0'],
  ['token_exchange', urn('token-exchange'), 'since 7.0'],
];

/** The same below `[oauth.response_type]`. */
const responseTypes: readonly Flow[] = [
  ['code', 'code'],
  ['token', 'token'],
  ['id_token', 'id_token'],
  ['id_token_token', 'id_token token'],
  ['code_token', 'code token'],
  ['code_id_token', 'code id_token'],
  ['code_id_token_token', 'code id_token token'],
  ['device', 'device'],
  ['none', 'none'],
  ['subject_token', 'subject_token', 'since 7.0'],
  ['id_token_subject_token', 'id_token subject_token', 'since 7.0'],
];

/** What deployment.toml leaves of them (7.1.0: discovery lists exactly that, and DCR refuses the rest). */
export function readFlows(home: ServerHome, { version }: Pick<IdentityServerVersion, 'version'>): Flows {
  const isSeven = Number(version.split('.')[0]) >= 7;
  const left = (kind: string, flows: readonly Flow[]) =>
    flows
      .filter(([key, , since]) => (isSeven || !since) && home.setting(`oauth.${kind}.${key}.enable`) !== false)
      .map(([, name]) => name);
  return { grants: left('grant_type', grants), responseTypes: left('response_type', responseTypes) };
}
