import { parse, stringify, type TomlTable } from 'smol-toml';
import { parseDottedKey } from '../../programs/deployment-toml/configuration-judge/dotted-key.ts';
import { baseline } from '../../programs/hardening/baseline.ts';

/** Rows of the hardening baseline, and the paths at which the scanner sees that they are not there. */
export interface UndoneRows {
  name: string;
  server: 'api-manager' | 'identity-server';
  keys: readonly string[];
  shows: RegExp;
}

const flows = baseline
  .map(({ key }) => key)
  .filter((key) => /^oauth\.(grant_type|response_type)\./.test(key))
  .filter((key, index, all) => all.indexOf(key) === index);

const management = 'oauth2/jwks';

/** Those that an answer can show; a row about ciphers, accounts or events shows itself to the audit or the judge. */
export const undone: readonly UndoneRows[] = [
  ...(
    [
      ['the path of SOAP services', ['axis2_transport.parameter.servicePath'], /\/services/],
      [
        'the list of services',
        ["n_http.'http.block_service_list'", 'axis2_transport.parameter.servicePath'],
        /\/services\/?$/,
      ],
      ['plain management', ['transport.http.properties.address'], new RegExp(management)],
      ['the plain gateway', ['transport.passthru_http.listener.enable'], /\/services\/Version$|open-banking/],
      ['the anonymous portal', ['apim.devportal.enable_anonymous_mode'], /devportal\/v3\/apis/],
      [
        'self sign-up',
        [
          'identity_mgt.user_self_registration.allow_self_registration',
          'identity_mgt.endpoint.enable_self_signup_endpoint',
        ],
        /processregistration/,
      ],
      ['the published constant', ['account_recovery.endpoint.auth.hash'], /dcr\/register|oauth2\/v1\.0\/scopes/],
      ['certificates at the gateway', ['keystore.listener_profile.ssl_verify_client'], /nothing-of-this-name/],
    ] as const
  ).map(([name, keys, shows]) => ({ name: `API Manager: ${name}`, server: 'api-manager' as const, keys, shows })),
  ...(
    [
      ['the listener without TLS', ['transport.http.enabled'], new RegExp(management)],
      ['the published constant', ['account_recovery.endpoint.auth.hash'], /applications$|oauth2\/v1\.0\/scopes$/],
      [
        'client certificates',
        ['event.default_listener.client_certificate_authentication_handler.enable'],
        /scim2\/Users$/,
      ],
      ['grants and response types', flows, / offers /],
    ] as const
  ).map(([name, keys, shows]) => ({
    name: `Identity Server: ${name}`,
    server: 'identity-server' as const,
    keys,
    shows,
  })),
];

/** A deployment.toml without some keys; undefined where it has none of them. */
export function without(toml: string, keys: readonly string[]): string | undefined {
  const table = parse(toml);
  const taken = keys.filter((key) => take(table, parseDottedKey(key)));
  return taken.length === 0 ? undefined : stringify(table);
}

function take(table: TomlTable, [name = '', ...below]: readonly string[]): boolean {
  const member = table[name];
  if (member === undefined) return false;
  if (below.length > 0) return typeof member === 'object' && take(member as TomlTable, below);
  delete table[name];
  return true;
}
