import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile, slope } from './statistics.ts';

test('median and percentiles are values of the sample, or between its two middle ones', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(percentile([5, 1, 4, 2, 3], 0.95), 5);
  assert.equal(percentile([5, 1, 4, 2, 3], 0.5), 3);
});

test('the slope is that of the line through the points', () => {
  const line = Array.from({ length: 10 }, (_, x): [number, number] => [x, 3 + 2 * x]);
  assert.ok(Math.abs(slope(line) - 2) < 1e-9);
  assert.equal(slope(line.map(([x]) => [x, 7])), 0);
});
