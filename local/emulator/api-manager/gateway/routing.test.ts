import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Route, route } from './routing.ts';
import { deployedApi, operation } from './testing/running-gateway.ts';

const api = deployedApi('https://localhost', [
  operation('POST', '/register'),
  operation('GET', '/register/{ClientId}'),
  operation('DELETE', '/register/{ClientId}'),
  operation('GET', '/register/metadata'),
  operation('GET', '/files/*'),
]);
const operationOf = (found: Route) =>
  found.kind === 'operation' ? `${found.operation.verb} ${found.operation.target}` : found.kind;
const find = (verb: string, path: string) => operationOf(route([api], verb, path));

test('a resource is found by its template and verb, with or without a slash at the end', () => {
  assert.equal(find('POST', '/open-banking/0.2/register'), 'POST /register');
  assert.equal(find('POST', '/open-banking/0.2/register/'), 'POST /register');
  assert.equal(find('GET', '/open-banking/0.2/register/abc'), 'GET /register/{ClientId}');
  assert.equal(find('get', '/open-banking/0.2/register/abc'), 'GET /register/{ClientId}');
});

test('a literal segment goes before a variable', () => {
  assert.equal(find('GET', '/open-banking/0.2/register/metadata'), 'GET /register/metadata');
  assert.equal(find('DELETE', '/open-banking/0.2/register/metadata'), 'DELETE /register/{ClientId}');
});

test('a variable is one segment, a star at the end any number', () => {
  assert.equal(find('GET', '/open-banking/0.2/register/abc/def'), 'no-resource');
  assert.equal(find('GET', '/open-banking/0.2/files/a/b'), 'GET /files/*');
  assert.equal(find('GET', '/open-banking/0.2/files'), 'GET /files/*');
});

test('a context is matched by whole segments, and the longest wins', () => {
  assert.equal(find('POST', '/open-banking/0.22/register'), 'no-api');
  assert.equal(find('POST', '/elsewhere'), 'no-api');
  assert.equal(find('POST', '/t/carbon.super/elsewhere'), 'no-tenant');
  const deeper = { ...api, id: 'deeper', context: `${api.context}/register` };
  const found = route([api, deeper], 'POST', '/open-banking/0.2/register/register');
  assert.equal(found.kind === 'operation' && found.api.id, 'deeper');
});

test('the resource handed on is what comes after the context', () => {
  const found = route([api], 'GET', '/open-banking/0.2/register/a%2Fb');
  assert.equal(found.kind === 'operation' && found.resource, '/register/a%2Fb');
});

test('an undefined verb of a known path and an unknown path give different errors', () => {
  assert.equal(find('PATCH', '/open-banking/0.2/register'), 'method-not-allowed');
  assert.equal(find('GET', '/open-banking/0.2/nothing'), 'no-resource');
});
