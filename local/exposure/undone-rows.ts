import { parse, stringify, type TomlTable } from 'smol-toml';
import { parseDottedKey } from '../../programs/deployment-toml/configuration-judge/dotted-key.ts';
import { baseline, baselineOf } from '../../programs/hardening/baseline.ts';
import type { Door } from './exposed-path.ts';

/** Rows of the hardening baseline, and the paths at which the scanner sees that they are not there. */
export interface UndoneRows {
  name: string;
  server: 'api-manager' | 'identity-server';
  keys: readonly string[];
  door: Door;
  shows: RegExp;
}

const flows = baseline
  .map(({ key }) => key)
  .filter((key) => /^oauth\.(grant_type|response_type)\./.test(key))
  .filter((key, index, all) => all.indexOf(key) === index);

/** Those that an answer can show; a row about ciphers, accounts or events shows itself to the audit or the judge. */
export const undone: readonly UndoneRows[] = [
  ...ofServer('api-manager', [
    [
      'the path of SOAP services and their lock',
      ['axis2_transport.parameter.servicePath', 'admin_service.access_control'],
      'gateway',
      /\/services\/AuthenticationAdmin/,
    ],
    // Below a path that nobody knows there is no list to be seen: both rows are undone.
    [
      'the list of services',
      ["n_http.'http.block_service_list'", 'axis2_transport.parameter.servicePath'],
      'gateway',
      /^\/services\/?$/,
    ],
    ['plain management', ['transport.http.properties.address'], 'management without TLS', /oauth2\/jwks/],
    ['the plain gateway', ['transport.passthru_http.listener.enable'], 'gateway without TLS', /oauth2\/jwks/],
    ['the anonymous portal', ['apim.devportal.enable_anonymous_mode'], 'management', /devportal\/v3\/apis/],
    // It is assumed that either of them shuts it.
    [
      'self sign-up',
      [
        'identity_mgt.user_self_registration.allow_self_registration',
        'identity_mgt.endpoint.enable_self_signup_endpoint',
      ],
      'management',
      /processregistration/,
    ],
    ['the published constant', ['account_recovery.endpoint.auth.hash'], 'management', /dcr\/register|v1\.0\/scopes/],
    ['certificates at the gateway', ['keystore.listener_profile.ssl_verify_client'], 'gateway', /nothing-of-this-name/],
  ]),
  ...ofServer('identity-server', [
    ['the listener without TLS', ['transport.http.enabled'], 'identity server without TLS', /oauth2\/jwks/],
    [
      'the published constant',
      ['account_recovery.endpoint.auth.hash'],
      'identity server',
      /applications$|v1\.0\/scopes$/,
    ],
    [
      'client certificates',
      ['event.default_listener.client_certificate_authentication_handler.enable'],
      'identity server',
      /scim2\/Users$/,
    ],
    ['doors that nothing uses', ['resource.access_control'], 'identity server', /AuthenticationAdmin|openidserver/],
    ...flows.map((key): Row => [key, [key], 'identity server', / offers /]),
  ]),
];

type Row = readonly [name: string, keys: readonly string[], door: Door, shows: RegExp];

function ofServer(server: UndoneRows['server'], rows: readonly Row[]): UndoneRows[] {
  return rows.map(([name, keys, door, shows]) => ({ name: `${server}: ${name}`, server, keys, door, shows }));
}

/** The deployment.toml of a server alone without the rows that its version knows; undefined where it knows none of them. */
export function without(toml: string, { server, keys }: UndoneRows, version: string): string | undefined {
  const table = parse(toml);
  const known = baselineOf(server, version, false).filter(({ key }) => keys.includes(key));
  const taken = known.filter(({ key }) => take(table, parseDottedKey(key)));
  return taken.length === 0 ? undefined : stringify(table);
}

function take(table: TomlTable, [name = '', ...below]: readonly string[]): boolean {
  const member = table[name];
  if (member === undefined) return false;
  if (below.length > 0) return typeof member === 'object' && take(member as TomlTable, below);
  delete table[name];
  return true;
}
