import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { problems } from '../http/problem.ts';
import { longestRedirects } from '../validation/shapes.ts';
import { softwareStatementRules } from '../validation/software-statement-rules.ts';

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly items?: Schema;
}
interface Definition {
  readonly paths: Record<string, Record<string, { responses?: Record<string, unknown> }>>;
  readonly components: {
    readonly schemas: Record<string, { readonly properties: Record<string, Schema> }>;
    readonly responses: Record<string, { readonly headers?: Record<string, unknown> }>;
  };
}
const definition: Definition = parse(await readFile(new URL('../../apis/dcr/openapi.yaml', import.meta.url), 'utf8'));
const { schemas } = definition.components;

/** What no operation that is defined can be answered. */
const ofOtherPaths = ['404'];
const ofOneClient = ['401', '414'];
const ofBodies = ['413', '415'];

test('the API definition has every status that each operation can be answered', () => {
  const all = Object.values(problems).flatMap(({ status }) => status.split(', '));
  const operations = {
    post: '/register',
    get: '/register/{ClientId}',
    put: '/register/{ClientId}',
    delete: '/register/{ClientId}',
  };
  for (const [method, path] of Object.entries(operations)) {
    const impossible = [
      ...ofOtherPaths,
      ...(method === 'post' ? ofOneClient : []),
      ...(method === 'get' ? ofBodies : []),
      ...(method === 'delete' ? ['415'] : []),
    ];
    const good = { post: '201', get: '200', put: '200', delete: '204' }[method] ?? '';
    const expected = [good, ...all.filter((status) => !impossible.includes(status))];
    const answered = definition.paths[path]?.[method]?.responses ?? {};
    assert.deepEqual(Object.keys(answered).toSorted(), [...new Set(expected)].toSorted(), method);
  }
});

test('the API definition has every error code but those of other paths', () => {
  const { not_found: _other, adr_status_not_active: _gate, ...own } = problems;
  assert.deepEqual(schemas.Problem?.properties.error?.enum, Object.keys(own));
});

test('the API definition states the limits that the service enforces', () => {
  const { properties = {} } = schemas.RegistrationProperties ?? {};
  const limited = Object.entries(properties).filter(([, { maxLength }]) => maxLength !== undefined);
  assert.equal(properties.client_name?.maxLength, 255);
  for (const [member, { maxLength = 0, format }] of limited) {
    const { shape, ...rule } = softwareStatementRules[member as keyof typeof softwareStatementRules];
    const ofLength = (length: number) =>
      format === 'uri' ? `https://a.example/`.padEnd(length, 'x') : 'x'.repeat(length);
    const accepts = (value: string) =>
      shape.accepts(value) && (!('check' in rule) || rule.check(value as never, {} as never) === undefined);
    assert.deepEqual([accepts(ofLength(maxLength)), accepts(ofLength(maxLength + 1))], [true, false], member);
  }
  assert.deepEqual(
    Object.entries(properties)
      .filter(([member, { maxLength }]) => maxLength === undefined && member in softwareStatementRules)
      .map(([member]) => member),
    ['redirect_uris', 'software_roles', 'scope'],
  );
  assert.match(properties.redirect_uris?.description ?? '', new RegExp(`at most ${longestRedirects} characters`));
  assert.equal(properties.redirect_uris?.items?.maxLength, 2048);
});
