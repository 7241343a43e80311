import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { renderedForVersion } from '../../local/judges/version-renderings.ts';
import { parseDottedKey } from '../../programs/deployment-toml/configuration-judge/dotted-key.ts';
import { baselineOf, shutAsShipped } from '../../programs/hardening/baseline.ts';
import { judgeConfiguration } from './configuration.ts';
import type { Finding } from './finding.ts';

const versions = {
  'api-manager': ['4.2.0', '4.6.0', '4.7.0'],
  'identity-server': ['6.1.0', '7.1.0', '7.3.0'],
} as const;
const products = { 'api-manager': 'wso2am', 'identity-server': 'wso2is' } as const;
const situation = { portOffset: 1, several: false };

const standings = (findings: readonly Finding[], standing: Finding['standing']) =>
  findings.filter((one) => one.standing === standing).map(({ row }) => row);

/** The text with one key changed; undefined takes it away. */
function withValue(text: string, key: string, value: unknown): string {
  const toml = parse(text);
  const path = [...parseDottedKey(key)];
  const last = path.pop() ?? '';
  let node = toml;
  for (const name of path) {
    node[name] ??= {};
    node = node[name] as TomlTable;
  }
  if (value === undefined) delete node[last];
  else node[last] = value as TomlTable;
  return stringify(toml);
}

for (const server of ['api-manager', 'identity-server'] as const)
  for (const version of versions[server])
    test(`${server} ${version}: all rows are shut in what is rendered, and each that is undone is found`, () => {
      for (const [kind, text] of Object.entries(renderedForVersion(products[server], version))) {
        const findings = judgeConfiguration(server, version, text);
        assert.deepEqual(standings(findings, 'open'), [], kind);
        assert.deepEqual(standings(findings, 'cannot tell'), [], kind);
      }
      const { alone = '' } = renderedForVersion(products[server], version);
      for (const row of baselineOf(server, version, false)) {
        const expected = shutAsShipped(row, situation) ? [] : [row.key];
        assert.deepEqual(
          standings(judgeConfiguration(server, version, withValue(alone, row.key, undefined)), 'open'),
          expected,
        );
      }
    });

test('of an empty file each row is as WSO2 ships it', () => {
  const findings = judgeConfiguration('identity-server', '7.1.0', '');
  assert.deepEqual(standings(findings, 'shut'), ['oauth.authorize_all_scopes', 'cors.allow_any_origin']);
  assert.ok(findings.length > 25);
  assert.ok(findings.every(({ by, found }) => by === 'deployment.toml' && found.startsWith('not set; ')));
});

const judged = (
  key: string,
  value: unknown,
  server: 'api-manager' | 'identity-server' = 'identity-server',
  before = '',
) => {
  const text = withValue(before, key, value);
  const finding = judgeConfiguration(server, server === 'api-manager' ? '4.6.0' : '7.1.0', text).find(
    ({ row }) => row === key,
  );
  assert.ok(finding, key);
  assert.ok(!JSON.stringify(finding).includes('canary'), 'a secret is shown');
  return finding.standing;
};

const endpointHash = 'account_recovery.endpoint.auth.hash';

test('what WSO2 publishes is open wherever it stands, and a secret of its own is shut and never shown', () => {
  assert.equal(judged(endpointHash, hash('sha256', 'dashboard')), 'open');
  assert.equal(judged(endpointHash, 'canary'), 'shut');
  assert.equal(judged('identity.auth_framework.endpoint.app_password', 'dashboard'), 'open');
  assert.equal(judged('tasks.server_password', 'admin'), 'open');
  assert.equal(judged('axis2_transport.parameter.servicePath', 'services', 'api-manager'), 'open');
  assert.equal(judged('axis2_transport.parameter.servicePath', 'canary', 'api-manager'), 'shut');
});

test('a secret from outside the file is shut, a switch from outside is undecided', () => {
  for (const reference of ['$env{HASH}', '$secret{hash}', '$ref{not.in.the.file}'])
    assert.equal(judged(endpointHash, reference), 'shut', reference);
  assert.equal(judged('transport.http.enabled', '$env{PLAIN}'), 'cannot tell');
});

test('a reference within the file is followed', () => {
  const before = stringify({ super_admin: { password: 'admin' }, own: { password: 'canary' } });
  assert.equal(judged('tasks.server_password', '$ref{super_admin.password}', 'identity-server', before), 'open');
  assert.equal(judged('tasks.server_password', '$ref{own.password}', 'identity-server', before), 'shut');
});

test('what is no TOML is a wrong invocation', () => {
  assert.throws(() => judgeConfiguration('api-manager', '4.6.0', '[a'), {
    name: 'InvocationError',
    message: /not TOML/,
  });
});
