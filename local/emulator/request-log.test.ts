import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { openRequestLog, type RequestLogEntry, readRequestLog } from './request-log.ts';

const file = () => join(temporaryDirectory(), 'logs', 'requests.ndjson');

function kindOf(server: RequestLogEntry['server'], method: string, path: string): string | undefined {
  const log = file();
  openRequestLog(log).append({ server, method, path, status: 200 });
  return readRequestLog(log)[0]?.kind;
}

test('entries come back in order, with a time, and without the query string', () => {
  const path = file();
  const log = openRequestLog(path);
  log.append({ server: 'api-manager', method: 'GET', path: '/api/am/publisher/v4/apis?query=secret', status: 200 });
  log.append({ server: 'identity-server', method: 'DELETE', path: '/api/identity/x', status: 204 });
  const [first, second] = readRequestLog(path);
  assert.equal(first?.path, '/api/am/publisher/v4/apis');
  assert.ok(!Number.isNaN(Date.parse(first?.at ?? '')));
  assert.deepEqual([second?.server, second?.method, second?.status], ['identity-server', 'DELETE', 204]);
  assert.doesNotMatch(readFileSync(path, 'utf8'), /secret/);
});

test('a log that nobody has written to is empty', () => {
  assert.deepEqual(readRequestLog(file()), []);
});

test('reading, asking for tokens and asking questions are reads', () => {
  for (const [method, path] of [
    ['GET', '/api/am/publisher/v4/apis'],
    ['HEAD', '/scopes/name/x'],
    ['POST', '/client-registration/v0.17/register'],
    ['POST', '/oauth2/token'],
    ['POST', '/oauth2/introspect?token=x'],
    ['POST', '/api/am/admin/v4/key-managers/discover'],
    ['POST', '/api/am/publisher/v4/apis/validate-openapi'],
  ] as const) {
    assert.equal(kindOf('api-manager', method, path), 'read', `${method} ${path}`);
  }
});

test('everything that declares something is a write, and traffic through the gateway never is', () => {
  for (const [method, path] of [
    ['POST', '/api/am/publisher/v4/apis'],
    ['PUT', '/api/am/admin/v4/key-managers/1'],
    ['DELETE', '/api/am/publisher/v4/apis/1'],
    ['POST', '/oauth2/revoke'],
    ['PUT', '/oauth2/token'],
  ] as const) {
    assert.equal(kindOf('api-manager', method, path), 'write', `${method} ${path}`);
  }
  assert.equal(kindOf('gateway', 'POST', '/open-banking/0.2/register'), 'read');
});
