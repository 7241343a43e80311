import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from './clock.ts';

test('time stands still until it is moved, and events come in the order of their hour', () => {
  const clock = virtualClock(1000);
  const happened: string[] = [];
  clock.after(300, () => happened.push(`second at ${clock.now()}`));
  clock.after(100, () => {
    happened.push(`first at ${clock.now()}`);
    clock.after(100, () => happened.push(`what the first brought about at ${clock.now()}`));
  });
  const callOff = clock.after(50, () => happened.push('called off'));
  callOff();
  clock.advance(250);
  assert.deepEqual(happened, ['first at 1100', 'what the first brought about at 1200']);
  clock.advance(50);
  assert.deepEqual([happened.at(-1), clock.now()], ['second at 1300', 1300]);
});
