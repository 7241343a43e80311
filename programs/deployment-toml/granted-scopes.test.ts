import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { generations } from '../products.ts';
import { identityServerToml } from './identity-server.ts';

const common = { portOffset: 0, administrator: 'admin' };
const identityServerWith = (version: string, apiScopes?: readonly string[]) =>
  parse(
    identityServerToml({
      ...common,
      ...generations['4.7'].identityServer,
      version,
      hostname: 'identity-server',
      apiManagerUrl: 'https://api-manager:9443',
      ...(apiScopes && { apiScopes }),
    }),
  );
const grantedBy = (toml: TomlTable) => (toml.oauth as TomlTable).allowed_scopes as string[];

test('a client gets the scopes of the declared APIs, and no word more', () => {
  const toml = identityServerWith('7.3.0', ['bank:accounts.basic:read', 'cdr:registration']);
  assert.equal((toml.oauth as TomlTable).authorize_all_scopes, false);
  assert.deepEqual(grantedBy(toml), ['^openid$', '^profile$', '^cdr:registration$', '^bank:accounts\\.basic:read$']);
  const granted = (scope: string) => grantedBy(toml).some((pattern) => new RegExp(pattern).test(scope));
  assert.ok(['openid', 'profile', 'cdr:registration', 'bank:accounts.basic:read'].every(granted));
  for (const scope of [
    ...['internal_user_mgt_list', 'SYSTEM', 'console:users', 'bank:accountsxbasic:read'],
    ...['openid internal_login', 'xopenid', 'cdr:registration\ninternal_login', ''],
  ])
    assert.ok(!granted(scope), JSON.stringify(scope));
});

test('a scope is taken by its letters, whatever a regular expression would make of them', () => {
  const scopes = ['a.*', 'a+b', '(a|b)', '[a-z]', 'a{2}', '^a$', 'a?'];
  const patterns = grantedBy(identityServerWith('7.1.0', scopes)).slice(3);
  assert.equal(patterns.length, scopes.length);
  for (const [index, scope] of scopes.entries()) {
    const pattern = new RegExp(patterns[index] ?? '');
    assert.ok(pattern.test(scope), scope);
    for (const other of ['a', 'aa', 'ab', 'b', 'a.', ...scopes.filter((one) => one !== scope)])
      assert.ok(!pattern.test(other), `${scope} and ${other}`);
  }
});

test('before 7.0 Identity Server knows no such list', () => {
  const { oauth } = identityServerWith('6.1.0');
  assert.ok(!('allowed_scopes' in (oauth as TomlTable)));
  assert.ok(!('authorize_all_scopes' in (oauth as TomlTable)));
});
