import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrowserHost, edgePaths, everyEdgePath, patternOf } from './edge-paths.ts';

/** Whether the edge lets a path through, as callers write it. */
function passes(host: BrowserHost, path: string, version = '7.3.0'): boolean {
  return edgePaths(host, version).some((allowed) => new RegExp(`^${patternOf(allowed)}$`).test(path));
}

const login = [
  '/oauth2/authorize',
  '/commonauth',
  '/logincontext',
  '/authenticationendpoint/login.do',
  '/authenticationendpoint/libs/themes/default/theme.min.css',
  '/authenticationendpoint/images/a%20b.svg',
  '/oidc/logout',
  '/oauth2/jwks',
  '/oauth2/token/.well-known/openid-configuration',
];

const closedAtLogin = [
  '/',
  '/oauth2/token',
  '/oauth2/par',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/userinfo',
  '/oauth2/device_authorize',
  '/oauth2/authorize/more',
  '/api/identity/oauth2/dcr/v1.1/register',
  '/api/server/v1/applications',
  '/api/health-check/v1.0/health',
  '/scim2/Users',
  '/services/AuthenticationAdmin',
  '/carbon/',
  '/console/',
  '/myaccount/',
  '/accountrecoveryendpoint/register.do',
  '/t/carbon.super/oauth2/authorize',
  '/o/x/oauth2/authorize',
];

const closedAtPortals = [
  '/',
  '/oauth2/token',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/services/Version',
  '/carbon/admin/login.jsp',
  '/internal/data/v1/keymanagers',
  '/keymanager-operations/user-info/claims',
  '/client-registration/v0.17/register',
  '/api/identity/oauth2/dcr/v1.1/register',
  '/api/am/gateway/v2/server-startup-healthcheck',
  '/api/am/devops/v0/config/loggers',
  '/scim2/Users',
  '/accountrecoveryendpoint/register.do',
  '/am/sample/pizzashack/v1/api/menu',
  '/publisherx',
  '/t/carbon.super/publisher',
];

test('browsers reach what log-in, consent and discovery need, and nothing else of Identity Server', () => {
  for (const path of login) assert.ok(passes('identityHost', path), path);
  for (const path of closedAtLogin) assert.ok(!passes('identityHost', path), path);
});

test('people reach the portals, what they call and their log-in, and nothing else of API Manager', () => {
  const open = ['/publisher', '/publisher/', '/publisher/services/auth/login', '/api/am/publisher/v4/apis/a:b@c'];
  for (const path of open) assert.ok(passes('portalHost', path, '4.7.0'), path);
  for (const path of closedAtPortals) assert.ok(!passes('portalHost', path, '4.7.0'), path);
  for (const path of login.slice(0, 4)) assert.ok(passes('portalHost', path, '4.7.0'), path);
});

const outOfTheFolder = ['..', '..;', '..;x=y', '%2e%2e', '%2E.', '.%2e', 'a;x=y', 'a%3bx', 'a%2f..', 'a%00', '', '.'];
for (const step of outOfTheFolder)
  test(`no path leads out of a folder by ${step || 'an empty step'}`, () => {
    for (const path of everyEdgePath) {
      const version = path.host === 'identityHost' ? '7.3.0' : '4.7.0';
      assert.ok(!passes(path.host, `${path.path}/${step}/scim2/Users`, version), path.path);
    }
  });

test('a path is let through from the version on that has it', () => {
  assert.ok(passes('portalHost', '/api/am/governance/v1/rulesets', '4.5.0'));
  assert.ok(!passes('portalHost', '/api/am/governance/v1/rulesets', '4.2.0'));
});

test('each path is in the list of a host once, with a reason', () => {
  const names = everyEdgePath.map(({ host, path }) => `${host} ${path}`);
  assert.equal(new Set(names).size, names.length);
  for (const { path, why } of everyEdgePath) assert.ok(path.startsWith('/') && !path.endsWith('/') && why, path);
});
