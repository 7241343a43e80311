import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeConfiguration } from './judge.ts';
import { productConfigurationSchema } from './product-configuration.ts';

// A fictitious product: its data have the format of WSO2's.
const rules = {
  defaults: {
    'node.label': '$ref{server.address}',
    'node.title': '$ref{server.address}',
    'console.path': '/console',
    'user_store.kind': 'plain',
  },
  inferred: {
    'store.$1.kind': { small: { 'store.$1.driver': 'small.Driver' } },
    'server.server_role': { default: {} },
  },
  mappings: { 'server.old_name': 'server.name', 'ports.all': ['ports.one', 'ports.two'] },
  units: { time: { 'token.life': 's' } },
  validators: {
    'user_store.kind': [{ regex: '\\Aplain\\Z|\\Aunique\\Z' }],
    'captcha.key': [{ if: { 'captcha.enabled': true }, regex: '.+', error_message: 'A key is required.' }],
  },
};
const templates = ['conf/server.xml.j2'];

/** With `keys.json` as API Manager has it. */
const flat = productConfigurationSchema.parse({
  ...rules,
  keys: {
    'server.address': templates,
    'server.name': templates,
    'server.motto': ['conf/server.properties.j2'],
    'server.tags': templates,
    'ports.one': templates,
    'ports.two': templates,
    'node.label': templates,
    'store.main.driver': templates,
    'user_store.kind': templates,
    'token.life': templates,
    'captcha.enabled': templates,
    'captcha.key': templates,
    'listener.properties.items': templates,
    'gateway.environment': templates,
    "messages.'a.b'": templates,
  },
});

/** With `keys.json` as Identity Server has it. */
const structured = productConfigurationSchema.parse({
  ...rules,
  keys: {
    readByTemplates: {
      'server.address': templates,
      'system.parameter': templates,
      'system.parameter.*': templates,
      'listener.*': templates,
      'listener[].name': templates,
      'listener[].properties': templates,
      'custom_transport[].https.properties': templates,
      'resource.access_control[].access_control[].access_control[].context': templates,
      'resource.access_control[].access_control[].access_control[].access_control': templates,
    },
    inferredFrom: ['store.$1.kind'],
  },
});

const address = '[server]\naddress = "10.0.0.1"\n';

function judge(toml: string, data = flat) {
  return judgeConfiguration('wso2am', toml, data);
}

/** The keys with a finding, and what is said of each. */
function findingsOf(toml: string, data = flat): Record<string, string> {
  return Object.fromEntries(judge(`${address}${toml}`, data).findings.map(({ key, message }) => [key, message]));
}

function assertFine(toml: string, data = flat): void {
  assert.deepEqual(findingsOf(toml, data), {});
}

test('a key that nothing reads is found, with the one that was meant', () => {
  const { findings } = judge(`${address}nam = "a"\n[colours]\nof_the_portal = "blue"`);
  assert.deepEqual(findings, [
    { key: 'server.nam', message: 'is no key that the product reads: did you mean server.name?' },
    { key: 'colours.of_the_portal', message: 'is no key that the product reads' },
  ]);
});

test('a key is known when it is mapped, when something is inferred of its value, and when a default refers to it', () => {
  assertFine('old_name = "a"\n[ports]\nall = 1');
  assertFine('[store.main]\nkind = "small"');
  assert.deepEqual(Object.keys(findingsOf('[store.main]\nkind = "huge"')), ['store.main.kind']);
  assert.deepEqual(judge('[server]\naddress = "10.0.0.1"').findings, []);
});

test('a value from which nothing that counts is inferred is found', () => {
  assert.match(findingsOf('server_role = "default"')['server.server_role'] ?? '', /changes nothing/);
});

test('a table whose members are free takes any, but no table', () => {
  assertFine(`[listener.properties]\nbind-address = "::1"\n'http.block' = true`);
  assertFine(`[messages]\n'a.b' = 1`);
  assert.ok('listener.properties.deep.one' in findingsOf('[listener.properties.deep]\none = 1'));
  assertFine('[system.parameter]\nanything = 1', structured);
});

test("the keys of an array's entries are known for Identity Server, and not for API Manager", () => {
  assertFine('[[listener]]\nname = "a"\n[listener.properties]\nx = 1', structured);
  assert.deepEqual(Object.keys(findingsOf('[[listener]]\nnam = "a"', structured)), ['listener.0.nam']);
  const toml = `${address}[[gateway.environment]]\nname = "a"`;
  assert.deepEqual(judge(toml), { findings: [], untold: ['gateway.environment.0.name'] });
});

test('what the data give to a loop whose variable hides a table is read of that table as well', () => {
  assertFine('[transport.https.properties]\naddress = "::1"', structured);
  assertFine('[custom_transport.x509.https.properties]\nport = 1', structured);
  assertFine('[[resource.access_control]]\ncontext = "/a"', structured);
  assert.ok('resource.access_control.0.contxt' in findingsOf('[[resource.access_control]]\ncontxt = "/a"', structured));
});

test("the accelerator's keys are known where it is installed", () => {
  const toml = `${address}[open_banking.keyManager]\nname = "OBKM"`;
  const keys = ({ accelerator }: { accelerator: boolean }) =>
    judgeConfiguration('wso2am', toml, flat, { accelerator }).findings.map(({ key }) => key);
  assert.deepEqual(keys({ accelerator: true }), []);
  assert.deepEqual(keys({ accelerator: false }), ['open_banking.keyManager.name']);
});

test("a reference without a value is found: one of the file's own, and one of the product's defaults", () => {
  assert.match(findingsOf('name = "$ref{server.nobody}"')['server.name'] ?? '', /server\.nobody, which has no value/);
  const { findings } = judge('');
  assert.deepEqual(
    findings.map(({ key }) => key),
    ['server.address'],
  );
  assert.match(findings[0]?.message ?? '', /defaults of node\.label and 1 more refer: the server does not start/);
});

test('a reference to a default is fine, one that ends in itself is found', () => {
  assertFine('name = "$ref{console.path}"');
  assertFine('name = "$ref{server.address}"\ntags = ["a", "$ref{server.name}"]');
  const circle = findingsOf('name = "$ref{server.motto}"\nmotto = "$ref{server.name}"');
  assert.deepEqual(Object.keys(circle), ['server.name', 'server.motto']);
});

test('a reference in an array of tables, where the mapper leaves it, is found; one to the environment is fine', () => {
  const found = findingsOf('[[gateway.environment]]\nname = "$env{NAME}"\nlabels = ["$ref{server.name}"]');
  assert.deepEqual(Object.keys(found), ['gateway.environment.0.labels']);
});

test('a value that the product itself would refuse is found by its key', () => {
  assertFine('[user_store]\nkind = "unique"');
  assertFine('[user_store]\nkind = "$env{KIND}"');
  assert.match(findingsOf('[user_store]\nkind = "uniquely"')['user_store.kind'] ?? '', /refused by the product/);
  assert.match(findingsOf('[user_store]\nkind = 1')['user_store.kind'] ?? '', /must be a text/);
});

test('a value that is wanted only with another is found only then', () => {
  assertFine('[captcha]\nenabled = false');
  assert.match(findingsOf('[captcha]\nenabled = true')['captcha.key'] ?? '', /A key is required/);
});

test('a duration is a number, or one with a unit that the mapper knows', () => {
  for (const life of ['600', '"600"', '"10m"', '"10 m"', '"$env{LIFE}"']) assertFine(`[token]\nlife = ${life}`);
  for (const life of ['true', '"soon"', '"10 minutes"'])
    assert.match(findingsOf(`[token]\nlife = ${life}`)['token.life'] ?? '', /no duration/);
});

test('a character that breaks the XML which the value goes into is found, and is fine as an entity or in other files', () => {
  for (const character of ['&', '<', "'", '\\"']) {
    assert.match(findingsOf(`name = "a${character}b"`)['server.name'] ?? '', /goes into an XML file unescaped: write/);
    assert.ok('server.tags' in findingsOf(`tags = ["a", "a${character}b"]`));
    assert.ok('gateway.environment.0.name' in findingsOf(`[[gateway.environment]]\nname = "a${character}b"`));
    assert.ok('listener.properties.x' in findingsOf(`[listener.properties]\nx = "a${character}b"`));
    assertFine(`motto = "a${character}b"`);
  }
  assertFine('name = "a&amp;b &lt; &quot;&#39;&#x26; $env{NAME} >"');
  assert.ok('server.name' in findingsOf('name = "a & &amp; b"'));
});

test('what is said of a value does not repeat it', () => {
  const { findings } = judge(`${address}name = "hush<"\n[user_store]\nkind = "hush"\n[token]\nlife = "hush"`);
  assert.equal(findings.length, 3);
  assert.ok(!JSON.stringify(findings).includes('hush'));
});

for (const [what, toml, late] of [
  ['a table', '[a.b]\nx = 1\n[a]\ny = 2', ['a']],
  ['a table far below', '[a.b.c]\nx = 1\n[d]\nz = 1\n[a]\ny = 2', ['a']],
  ['an array of tables', '[[a.b]]\nx = 1\n[a]\ny = 2', ['a']],
  ["a table in an array's entry", '[[a]]\nx = 1\n[a.b.c]\ny = 2\n[a.b]\nz = 3', ['a.b']],
  ['names in quotes', `["a b".'c.d'.e]\nx = 1\n["a b"."c.d"] # late\ny = 2`, ["'a b'.'c.d'"]],
] as const)
  test(`a table that stands after its own sub-table is found: ${what}`, () => {
    const { findings } = judge(`${address}${toml}`);
    assert.deepEqual(
      findings.filter(({ message }) => message.includes('stands after its own')).map(({ key }) => key),
      late,
    );
  });

for (const [what, toml] of [
  ['its sub-tables after it', '[a]\ny = 2\n[a.b]\nx = 1\n[a.b.c]\nz = 1'],
  ['a sub-table after an unrelated table', '[a.b]\nx = 1\n[c]\nz = 1\n[a.d]\ny = 2'],
  ["sub-tables of an array's entries", '[[a]]\nx = 1\n[a.b.c]\ny = 2\n[[a]]\nx = 2\n[a.b]\ny = 3'],
  ['a name that begins with another', '[ab.c]\nx = 1\n[a]\ny = 2'],
  ['a header that is a text of several lines', '[a.b]\nx = """\n[a]\n"""\n'],
  ['a header that is an array of several lines', '[a.b]\nx = [\n["a"]\n]\n'],
] as const)
  test(`a table in its place is fine: ${what}`, () => {
    const { findings } = judge(`${address}${toml}`);
    assert.ok(!findings.some(({ message }) => message.includes('stands after its own')));
  });
