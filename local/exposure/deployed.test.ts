import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployedByLog, deployedIn, unlisted } from './deployed.ts';

test('a path that is in no table is named', () => {
  assert.deepEqual(unlisted('api-manager', '4.6.0', ['/publisher', '/api/am/other', '/services/Other']), [
    '/api/am/other',
    '/services/Other',
  ]);
});

test('a log names web applications and services', () => {
  const log = `
    INFO - Deployed webapp: StandardEngine[Catalina].StandardHost[localhost].StandardContext[/api/x].File[/a#b]
    INFO - Deploying Axis2 service: UserAdmin {super-tenant}`;
  assert.deepEqual(deployedByLog(log), ['/api/x', '/services/UserAdmin']);
});

for (const [product, variable] of [
  ['api-manager', 'WSO2_APIM_HOME'],
  ['identity-server', 'WSO2_IS_HOME'],
] as const) {
  const home = process.env[variable] ?? '';
  test(`everything that the home of ${product} deploys is in the table`, {
    skip: home === '' && `${variable} is not set`,
  }, () => {
    const text = readFileSync(join(home, 'bin', 'version.txt'), 'utf8');
    const version = /v(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? assert.fail(`no version in ${text}`);
    const deployed = deployedIn(home);
    assert.ok(deployed.length > 0);
    assert.deepEqual(unlisted(product, version, deployed), []);
  });
}
