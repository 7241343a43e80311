import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openOpenApiFile, type Table } from '../openapi-file.ts';
import { scopesForRoles } from './rest-api-roles.ts';
import { OPERATIONS, scopesOf } from './scopes.ts';

const definitions = process.env.WSO2_OPENAPI_DIR;
const skip = definitions ? false : 'WSO2_OPENAPI_DIR does not name the definitions';

for (const version of ['4.2.0', '4.7.0']) {
  test(`no scope opens an operation that WSO2's definitions of ${version} keep shut for it`, { skip }, () => {
    for (const name of Object.keys(OPERATIONS)) {
      const [, method = '', area = '', path = ''] = /^(\w+) \/api\/am\/(\w+)\/v\d(\/.*)$/.exec(name) ?? [];
      const file = openOpenApiFile(join(definitions ?? '', version, `${area}.yaml`));
      const operation = file.path(path.replace(/:(\w+)/g, '{$1}'))[method.toLowerCase()] as Table;
      const declared = new Set((operation.security as Record<string, string[]>[]).flatMap(Object.values).flat());
      const taken = scopesOf(method, name.slice(method.length + 1)) ?? [];
      assert.deepEqual(
        taken.filter((scope) => !declared.has(scope)),
        [],
        name,
      );
      assert.equal(taken.length === 0, declared.size === 0, `${name} is open to everybody, or is not`);
    }
  });
}

/** What provisioning calls as the publisher, and what dcr-service and provisioning call as the subscriber. */
const CALLED = {
  publisher: [
    'GET settings',
    'GET key-managers',
    'GET throttling-policies/:policyLevel',
    'POST apis/validate-openapi',
    'POST apis/import-openapi',
    'GET apis',
    'GET apis/:apiId',
    'PUT apis/:apiId',
    'DELETE apis/:apiId',
    'GET apis/:apiId/swagger',
    'PUT apis/:apiId/swagger',
    'POST apis/change-lifecycle',
    'GET apis/:apiId/lifecycle-state',
    'GET apis/:apiId/revisions',
    'POST apis/:apiId/revisions',
    'DELETE apis/:apiId/revisions/:revisionId',
    'POST apis/:apiId/deploy-revision',
    'POST apis/:apiId/undeploy-revision',
    'GET apis/:apiId/operation-policies',
    'POST apis/:apiId/operation-policies',
    'DELETE apis/:apiId/operation-policies/:operationPolicyId',
    'GET subscriptions',
  ],
  devportal: [
    'GET key-managers',
    'GET apis',
    'GET applications',
    'POST applications',
    'PUT applications/:applicationId',
    'DELETE applications/:applicationId',
    'POST applications/:applicationId/generate-keys',
    'POST applications/:applicationId/map-keys',
    'GET applications/:applicationId/oauth-keys',
    'GET subscriptions',
    'POST subscriptions',
    'DELETE subscriptions/:subscriptionId',
  ],
} as const;
const PREFIX = { publisher: '/api/am/publisher/v4', devportal: '/api/am/devportal/v3' };

test('the roles of the service users open all that is called as them, and nothing of the administrator’s', () => {
  const roles = { publisher: ['Internal/creator', 'Internal/publisher'], devportal: ['Internal/subscriber'] };
  for (const area of ['publisher', 'devportal'] as const) {
    const open = scopesForRoles(roles[area]);
    for (const call of CALLED[area]) {
      const [method = '', path] = call.split(' ');
      const needed = scopesOf(method, `${PREFIX[area]}/${path}`);
      assert.ok(needed, call);
      assert.ok(needed.length === 0 || needed.some((scope) => open.has(scope)), call);
    }
    for (const name of Object.keys(OPERATIONS).filter((one) => one.includes('/api/am/admin/'))) {
      const [method = '', path = ''] = name.split(' ');
      assert.ok(!scopesOf(method, path)?.some((scope) => open.has(scope)), name);
    }
  }
});
