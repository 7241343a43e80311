import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { generations } from '../products.ts';
import { identityServerToml } from './identity-server.ts';

const registrationUrl = 'https://gateway.example/open-banking/0.2/register';
const oauthOf = (version: string) =>
  parse(
    identityServerToml({
      ...{ portOffset: 0, administrator: 'admin', registrationUrl },
      ...generations['4.7'].identityServer,
      version,
      hostname: 'identity-server',
      apiManagerUrl: 'https://api-manager:9443',
    }),
  ).oauth as TomlTable;

test('what every client is granted is openid and profile, and nothing that a client is authorized for', () => {
  const { authorize_all_scopes, allowed_scopes } = oauthOf('7.3.0');
  assert.equal(authorize_all_scopes, false);
  assert.deepEqual(allowed_scopes, ['^openid$', '^profile$']);
});

test('ID tokens are signed with PS256, and no other algorithm can be registered', () => {
  const { id_token } = oauthOf('7.1.0').oidc as { id_token: TomlTable };
  assert.deepEqual([id_token.signature_algorithm, id_token.signing_algorithms], ['PS256', ['PS256']]);
});

test('discovery names the registration endpoint of the gateway', () => {
  const { v2 } = oauthOf('7.1.0').endpoints as { v2: TomlTable };
  assert.equal(v2.oauth2_dcr_url, registrationUrl);
});

test('before 7.0 Identity Server knows none of this', () => {
  const oauth = oauthOf('6.1.0');
  for (const key of ['allowed_scopes', 'authorize_all_scopes', 'endpoints']) assert.ok(!(key in oauth), key);
  assert.doesNotMatch(JSON.stringify(oauth), /PS256/);
});
