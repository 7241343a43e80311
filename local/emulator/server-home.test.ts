import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { openServerHome } from './server-home.ts';

function homeWith(toml: string): string {
  const home = temporaryDirectory();
  mkdirSync(join(home, 'repository', 'conf'), { recursive: true });
  writeFileSync(join(home, 'repository', 'conf', 'deployment.toml'), toml);
  return home;
}

test('a setting is found by its dotted path, of its own type, and is undefined when it is not there', () => {
  const home = openServerHome(
    homeWith('[server]\noffset = 3\n[apim.oauth_config]\nenable_outbound_auth_header = true'),
    {},
  );
  assert.equal(home.setting('server.offset'), 3);
  assert.equal(home.setting('apim.oauth_config.enable_outbound_auth_header'), true);
  assert.deepEqual(home.setting('server'), { offset: 3 });
  assert.equal(home.setting('server.hostname'), undefined);
});

test('a key that itself holds dots is found', () => {
  const home = openServerHome(homeWith('[passthru_http]\n"http.headers.preserve" = "Content-Type,Date"'), {});
  assert.equal(home.setting('passthru_http.http.headers.preserve'), 'Content-Type,Date');
});

test('tables of an array are resolved as well', () => {
  const home = openServerHome(homeWith('[[custom_message_builders]]\ncontent_type = "application/$env{KIND}"'), {
    KIND: 'jwt',
  });
  assert.deepEqual(home.setting('custom_message_builders'), [{ content_type: 'application/jwt' }]);
});

test('$env and $ref are replaced, and a lone $ref keeps the type of its target', () => {
  const home = openServerHome(
    homeWith(
      '[super_admin]\npassword = "$env{ADMIN_PASSWORD}"\n[copy]\npassword = "$ref{super_admin.password}"\n[a]\nport = 1\n[b]\nport = "$ref{a.port}"\nurl = "https://localhost:$ref{a.port}"',
    ),
    { ADMIN_PASSWORD: 'a secret' },
  );
  assert.equal(home.setting('copy.password'), 'a secret');
  assert.equal(home.setting('b.port'), 1);
  assert.equal(home.setting('b.url'), 'https://localhost:1');
});

test('a variable that is not set is refused by the names of the key and of the variable', () => {
  const home = homeWith('[keystore.tls]\npassword = "$env{TLS_PASSWORD}"');
  assert.throws(() => openServerHome(home, {}), /keystore\.tls\.password needs the environment variable TLS_PASSWORD/);
});

test('a reference to nothing and a circle of references are refused', () => {
  assert.throws(() => openServerHome(homeWith('a = "$ref{b.c}"'), {}), /a refers to \$ref\{b\.c\}, which is not there/);
  assert.throws(() => openServerHome(homeWith('a = "$ref{b}"\nb = "$ref{a}"'), {}), /refers to itself/);
});

test('a required setting that is missing is named together with the file', () => {
  const home = openServerHome(homeWith(''), {});
  assert.throws(() => home.required('server.offset'), /deployment\.toml has no server\.offset/);
});

test('a home without deployment.toml, or with one that is no TOML, is refused by the name of the file', () => {
  assert.throws(() => openServerHome(temporaryDirectory(), {}), /Cannot read .*deployment\.toml/);
  assert.throws(() => openServerHome(homeWith('[server'), {}), /deployment\.toml is not valid TOML/);
});
