import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { type Judge, openJudge, type Violation } from './openapi-judge.ts';

/** With the traps of WSO2's files: an impossible date, an example that is no YAML, a schema that contains itself. */
const PUBLISHER = `
openapi: 3.0.1
info: { title: test, version: '1' }
paths:
  ######
  /apis:
    get:
      parameters:
        - $ref: '#/components/parameters/limit'
      responses:
        200:
          description: a list
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/APIList'
      x-code-samples:
        - lang: Curl
          source: 'curl -k -H "Authorization: Bearer x"
          "https://127.0.0.1:9443/api/am/publisher/v4/apis"'
      operationId: getAllAPIs
  /apis/validate:
    post:
      responses:
        200: { description: fine }
  /apis/{apiId}:
    parameters:
      - { name: apiId, in: path, required: true, schema: { type: string } }
    put:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/API'
      responses:
        200: { description: changed, content: { application/json: { schema: { $ref: '#/components/schemas/API' } } } }
  /apis/{apiId}/deploy-revision:
    post:
      parameters:
        - { name: apiId, in: path, required: true, schema: { type: string } }
      responses:
        200: { description: deployed, content: { application/json: { schema: { type: array, items: { type: object } } } } }
  /apis/import:
    post:
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file, properties]
              properties: { file: { type: string, format: binary }, properties: { type: string } }
      responses:
        201: { description: imported }
components:
  parameters:
    limit: { name: limit, in: query, schema: { type: integer } }
  schemas:
    APIList:
      type: object
      properties:
        count: { type: integer }
        list: { type: array, items: { $ref: '#/components/schemas/API' } }
    API:
      type: object
      required: [name]
      properties:
        name: { type: string, example: 2019-02-31T13:57:16.229 }
        parent: { $ref: '#/components/schemas/API' }
`;
const GATEWAY = `
swagger: '2.0'
basePath: /api/am/gateway/v2
paths:
  /api-artifact:
    get:
      parameters:
        - $ref: '#/parameters/apiName'
      responses:
        200: { description: an artifact, schema: { $ref: '#/definitions/Artifact' } }
  /echo:
    post:
      parameters:
        - { name: body, in: body, required: true, schema: { $ref: '#/definitions/Artifact' } }
      responses:
        200: { description: the same }
parameters:
  apiName: { name: apiName, in: query, required: true, type: string }
definitions:
  Artifact: { type: object, properties: { apis: { type: array, items: { type: string } } } }
`;

const JSON_TYPE = { 'content-type': 'application/json' };

function judge(): { judge: Judge; violations(): Violation[] } {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, '4.7.0'));
  const empty = "openapi: 3.0.1\ninfo: { title: test, version: '1' }\npaths: {}\n";
  const definitions = { publisher: PUBLISHER, admin: empty, devportal: empty, gateway: GATEWAY };
  for (const [name, text] of Object.entries(definitions)) writeFileSync(join(directory, '4.7.0', `${name}.yaml`), text);
  const file = join(directory, 'logs', 'violations.ndjson');
  return {
    judge: openJudge(directory, file),
    violations: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

const messages = (violations: Violation[]) =>
  violations.map(({ side, operation, misfits }) => [
    side,
    operation,
    ...misfits.map(({ at, message }) => `${at} ${message}`),
  ]);

const APIS = '/api/am/publisher/v4/apis';

test('what fits leaves the file there and empty', () => {
  const { judge: wso2, violations } = judge();
  wso2.request('GET', APIS, { limit: '25' }, {}, undefined);
  wso2.response('GET', APIS, 200, { count: 1, list: [{ name: 'a', parent: { name: 'b' } }] });
  wso2.request('PUT', `${APIS}/1`, {}, JSON_TYPE, { name: 'a' });
  assert.deepEqual(violations(), []);
});

test('a violation is reported with its place, however deep, and without its value', () => {
  const { judge: wso2, violations } = judge();
  wso2.request('GET', APIS, { limit: 'secret', other: '1' }, {}, undefined);
  wso2.response('GET', APIS, 200, { count: 'secret', list: [{}] });
  wso2.request('PUT', `${APIS}/1`, {}, JSON_TYPE, { name: 5 });
  assert.deepEqual(messages(violations()), [
    ['request', 'GET /apis', '/query must NOT have additional properties: other', '/query/limit must be integer'],
    ['response', 'GET /apis', '/count must be integer', "/list/0 must have required property 'name'"],
    ['request', 'PUT /apis/{apiId}', '/requestBody/name must be string'],
  ]);
  assert.doesNotMatch(JSON.stringify(violations()), /secret/);
});

test('a literal path goes before a template', () => {
  const { judge: wso2, violations } = judge();
  wso2.request('POST', `${APIS}/validate`, {}, {}, undefined);
  wso2.response('POST', `${APIS}/validate`, 200, undefined);
  assert.deepEqual(violations(), []);
});

test('a request that matches no operation is reported', () => {
  const { judge: wso2, violations } = judge();
  wso2.request('DELETE', APIS, {}, {}, undefined);
  assert.match(violations()[0]?.misfits[0]?.message ?? '', /no operation of API Manager is DELETE/);
});

test('the file of a form counts as there', () => {
  const { judge: wso2, violations } = judge();
  const form = { 'content-type': 'multipart/form-data; boundary=x' };
  wso2.request('POST', `${APIS}/import`, {}, form, { file: Buffer.from('x'), properties: '{}' });
  assert.deepEqual(violations(), []);
  wso2.request('POST', `${APIS}/import`, {}, form, { file: Buffer.from('x') });
  assert.match(violations()[0]?.misfits[0]?.message ?? '', /properties/);
});

test('a status that is not declared is reported, unless the table of exceptions has a reason for it', () => {
  const { judge: wso2, violations } = judge();
  wso2.response('POST', `${APIS}/1/deploy-revision`, 201, [{}]);
  wso2.response('GET', APIS, 401, { code: 900901 });
  assert.deepEqual(violations(), []);
  wso2.response('POST', `${APIS}/1/deploy-revision`, 201, 'no list');
  wso2.response('POST', `${APIS}/1/deploy-revision`, 204, undefined);
  assert.deepEqual(messages(violations()), [
    ['response', 'POST /apis/{apiId}/deploy-revision', '/ must be array'],
    ['response', 'POST /apis/{apiId}/deploy-revision', '/ the status 204 is not declared'],
  ]);
});

test('the Swagger 2.0 definition of the gateway is understood', () => {
  const { judge: wso2, violations } = judge();
  wso2.request('GET', '/api/am/gateway/v2/api-artifact', { apiName: 'a' }, {}, undefined);
  wso2.response('GET', '/api/am/gateway/v2/api-artifact', 200, { apis: ['a'] });
  wso2.request('POST', '/api/am/gateway/v2/echo', {}, JSON_TYPE, { apis: [] });
  assert.deepEqual(violations(), []);
  wso2.request('GET', '/api/am/gateway/v2/api-artifact', {}, {}, undefined);
  wso2.response('GET', '/api/am/gateway/v2/api-artifact', 200, { apis: 'a' });
  wso2.request('POST', '/api/am/gateway/v2/echo', {}, JSON_TYPE, { apis: 'a' });
  assert.deepEqual(messages(violations()), [
    ['request', 'GET /api-artifact', "/query must have required property 'apiName'"],
    ['response', 'GET /api-artifact', '/apis must be array'],
    ['request', 'POST /echo', '/requestBody/apis must be array'],
  ]);
});

test('a folder without the definitions is refused', () => {
  assert.throws(() => openJudge(tmpdir(), join(tmpdir(), 'never')), /publisher\.yaml is missing: WSO2_OPENAPI_DIR/);
});
