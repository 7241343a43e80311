import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStrictJson } from './strict-json.ts';

const twice = [
  '{"exp":1,"exp":2}',
  '{"exp":1,"\\u0065xp":2}',
  '{"a":{"b":1,"b":1}}',
  '[{"a":1},{"a":1,"b":[],"a":2}]',
  '{"":1,"":2}',
  '{"__proto__":1,"__proto__":2}',
  '{"a" : 1 , "a"\n:\t2}',
  '{"a\\"":1,"a\\"":2}',
];
for (const text of twice) {
  test(`${text} has a member twice`, () => {
    const parsed = parseStrictJson(text);
    assert.ok('complaint' in parsed);
    assert.match(parsed.complaint, /^has the member '.*' twice$/s);
  });
}

test('a name may come again in another object, in an array and in a string', () => {
  for (const text of ['{"a":{"a":1},"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":"\\"a\\":1,\\"a\\":2"}']) {
    assert.deepEqual(parseStrictJson(text), { value: JSON.parse(text) });
  }
});

test('32 levels are deep enough, 33 too deep', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok('value' in parseStrictJson(nested(32)));
  assert.deepEqual(parseStrictJson(nested(33)), { complaint: 'is nested more than 32 levels deep' });
  assert.ok('complaint' in parseStrictJson(`${'[{"a":'.repeat(20)}1${'}]'.repeat(20)}`));
});

test('64 kB of the worst that a string can hold are read in an instant', () => {
  const escapes = JSON.stringify({ a: '\\"'.repeat(16_000) });
  const started = performance.now();
  assert.deepEqual(parseStrictJson(escapes), { value: JSON.parse(escapes) });
  assert.ok('complaint' in parseStrictJson('['.repeat(65_000)));
  assert.ok(performance.now() - started < 1000);
});

test('whatever JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) =>
      assert.deepEqual(parseStrictJson(text), { value: JSON.parse(text) }),
    ),
  );
});

test('any text at all is either read as JSON.parse reads it, or complained about', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' ') }),
      (text) => {
        const parsed = parseStrictJson(text);
        if ('value' in parsed) assert.deepEqual(parsed.value, JSON.parse(text));
      },
    ),
    { numRuns: 2000 },
  );
});
