import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Change, changeOf } from './change.ts';
import { Interrupted, TimedOut } from './errors.ts';
import type { StepEvent } from './events.ts';
import { type Run, runSteps } from './run.ts';
import type { Step } from './step.ts';

/** A small world: names and values that steps bring about, and a log of what was done. */
interface World {
  state: Record<string, string>;
  log: string[];
}

function setting(
  name: string,
  needs: string[] = [],
  parts: Partial<Step<World, string | undefined>> = {},
): Step<World, string | undefined> {
  return {
    name,
    title: `Setting ${name}`,
    needs,
    async read({ state, log }) {
      log.push(`read ${name}`);
      return state[name];
    },
    plan: (seen): Change[] => changeOf(name, seen === undefined ? undefined : { value: seen }, { value: 'wanted' }),
    async apply(_, { state, log }) {
      log.push(`write ${name}`);
      state[name] = 'wanted';
    },
    ...parts,
  };
}

const newWorld = (state: Record<string, string> = {}): World => ({ state, log: [] });

function run(world: World, steps: Step<World, string | undefined>[], options: Partial<Run<World>> = {}) {
  return runSteps<World>({
    steps,
    context: world,
    mode: 'apply',
    signal: new AbortController().signal,
    report: () => {},
    ...options,
  });
}

const writes = ({ log }: World) => log.filter((line) => line.startsWith('write'));

test('a step runs after what it needs, however the list is ordered', async () => {
  const world = newWorld();
  await run(world, [setting('c', ['b']), setting('b', ['a']), setting('a')]);
  assert.deepEqual(writes(world), ['write a', 'write b', 'write c']);
});

test('what a step leaves behind is taken away beside the steps that need it, once, and no plan leaves anything', async () => {
  const leaving = setting('a', [], {
    plan: (seen): Change[] => (seen === undefined ? [] : [{ action: 'remove', resource: 'a', fields: [] }]),
    async apply(_, { state, log }) {
      // Not before the step that needs this one has written.
      while (!log.includes('write b')) await new Promise(setImmediate);
      log.push('tidy a');
      delete state.a;
    },
    async verify({ state, log }) {
      log.push('verify a');
      state.a = 'left behind';
    },
    tidies: () => true,
  });
  const world = newWorld();
  const { failures, changes } = await run(world, [leaving, setting('b', ['a'])]);
  assert.deepEqual(
    world.log.filter((line) => !line.startsWith('read')),
    ['verify a', 'write b', 'tidy a'],
  );
  assert.deepEqual([failures, changes.map(({ step }) => step), world.state], [[], ['b'], { b: 'wanted' }]);
  const planned = newWorld({ b: 'wanted' });
  await run(planned, [leaving, setting('b', ['a'])], { mode: 'plan' });
  assert.deepEqual(planned.state, { b: 'wanted' });
});

test('to take away what a step left behind can fail, and the run says so', async () => {
  const leaving = setting('a', [], {
    plan: (seen): Change[] => (seen === undefined ? [] : [{ action: 'remove', resource: 'a', fields: [] }]),
    apply: () => Promise.reject(new Error('not today')),
    async verify({ state }) {
      state.a = 'left behind';
    },
    tidies: () => true,
  });
  const { failures } = await run(newWorld(), [leaving, setting('b', ['a'])]);
  assert.deepEqual(
    failures.map(({ step, error }) => [step, error.message]),
    [['a', 'not today']],
  );
});

test('independent steps run at once, up to the limit', async () => {
  const world = newWorld();
  let running = 0;
  let most = 0;
  const slow = (name: string) =>
    setting(name, [], {
      async apply(_, { state }) {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        state[name] = 'wanted';
      },
    });
  await run(world, [slow('a'), slow('b'), slow('c'), slow('d')], { concurrency: 3 });
  assert.equal(most, 3);
});

test('a second run writes nothing', async () => {
  const world = newWorld();
  const steps = [setting('a'), setting('b', ['a'])];
  await run(world, steps);
  world.log.length = 0;
  const { changes } = await run(world, steps);
  assert.deepEqual(changes, []);
  assert.deepEqual(writes(world), []);
});

test('a plan lists all changes and writes nothing', async () => {
  const world = newWorld({ a: 'other' });
  const { changes } = await run(world, [setting('a'), setting('b', ['a'])], { mode: 'plan' });
  assert.deepEqual(changes, [
    { step: 'a', action: 'update', resource: 'a', fields: [{ path: 'value', before: 'other', after: 'wanted' }] },
    { step: 'b', action: 'create', resource: 'b', fields: [{ path: 'value', after: 'wanted' }] },
  ]);
  assert.deepEqual(writes(world), []);
});

test('a failure stops what needs it and nothing else', async () => {
  const world = newWorld();
  const events: StepEvent[] = [];
  const broken = setting('b', ['a'], { apply: () => Promise.reject(new Error('no space left')) });
  const { failures } = await run(
    world,
    [setting('a'), broken, setting('c', ['b']), setting('d', ['c']), setting('e')],
    {
      report: (event) => events.push(event),
    },
  );
  assert.deepEqual(
    failures.map(({ step, error }) => [step, error.message]),
    [['b', 'no space left']],
  );
  assert.deepEqual(writes(world).toSorted(), ['write a', 'write e']);
  const skipped = events.flatMap((event) => (event.event === 'skipped' ? [[event.step, event.because]] : []));
  assert.deepEqual(skipped, [
    ['c', 'it needs b, which failed'],
    ['d', 'it needs c, which did not run'],
  ]);
});

test('a step is done when its change shows, not when it was accepted', async () => {
  const world = newWorld();
  let looks = 0;
  const lagging = setting('a', [], { read: async () => (++looks < 3 ? undefined : 'wanted') });
  const { changes } = await run(world, [lagging, setting('b', ['a'])]);
  assert.equal(looks, 3);
  assert.equal(changes.length, 2);
});

test('a change that never shows ends in a time-out that names it', async () => {
  const deaf = setting('a', [], { read: async () => undefined });
  const { failures } = await run(newWorld(), [deaf], { settleSeconds: 0.2 });
  assert.ok(failures[0]?.error instanceof TimedOut);
  assert.match(failures[0].error.message, /a still differs in value/);
});

test('when the time of the whole run is up, the step fails with the condition that it was waiting for', async () => {
  const deaf = setting('a', [], { read: async () => undefined });
  const late = new AbortController();
  setTimeout(() => late.abort(new TimedOut('The run did not end.')), 50);
  const { failures, incomplete } = await run(newWorld(), [deaf, setting('b', ['a'])], { signal: late.signal });
  assert.equal(incomplete, true);
  assert.deepEqual(
    failures.map(({ step }) => step),
    ['a'],
  );
  assert.match(
    failures[0]?.error.message ?? '',
    /time of the whole run was up, without success: a still differs in value/,
  );
});

test('what is remembered of the servers is dropped before each look that waits for a change', async () => {
  const world = newWorld();
  let looks = 0;
  const lagging = setting('a', [], {
    async read({ log }) {
      log.push('read a');
      return ++looks < 3 ? undefined : 'wanted';
    },
  });
  await run(world, [lagging], { forget: ({ log }) => log.push('forget') });
  assert.deepEqual(world.log, ['read a', 'write a', 'read a', 'forget', 'read a']);
});

test('every step reads when the run begins, before those that it needs have had their turn', async () => {
  const world = newWorld();
  const gate = Promise.withResolvers<void>();
  const first = setting('a', [], {
    async apply(_, { state }) {
      await gate.promise;
      state.a = 'wanted';
    },
  });
  const running = run(world, [first, setting('b', ['a'])]);
  await new Promise(setImmediate);
  assert.deepEqual(world.log.toSorted(), ['read a', 'read b']);
  gate.resolve();
  await running;
  assert.deepEqual(writes(world), ['write b']);
});

test('what a step sees ahead of its turn is no reason to fail, and it waits for nothing there', async () => {
  const world = newWorld();
  let looks = 0;
  const impatient = setting('b', ['a'], {
    async read(_, task) {
      looks += 1;
      if (looks === 1) task.waiting('its turn');
      return 'wanted';
    },
  });
  const events: StepEvent[] = [];
  const { failures } = await run(world, [setting('a'), impatient], { report: (event) => events.push(event) });
  assert.deepEqual(failures, []);
  assert.ok(!events.some(({ event }) => event === 'waiting'));
});

const lost = new Error('the connection was cut');
const mayHaveHappened = (error: unknown) => error === lost;

test('a write whose answer is lost is looked for, and not repeated when it has happened', async () => {
  const world = newWorld();
  const events: StepEvent[] = [];
  const cut = setting('a', [], {
    async apply(_, { state, log }) {
      log.push('write a');
      state.a = 'wanted';
      throw lost;
    },
  });
  const { changes, failures } = await run(world, [cut], { mayHaveHappened, report: (event) => events.push(event) });
  assert.deepEqual(failures, []);
  assert.deepEqual(writes(world), ['write a']);
  assert.deepEqual(
    changes.map(({ resource }) => resource),
    ['a'],
  );
  const retries = events.flatMap((event) => (event.event === 'retrying' ? [event.because] : []));
  assert.deepEqual(retries, ['the connection was cut']);
});

test('a write that did not arrive is made again, a bounded number of times', async () => {
  const world = newWorld();
  let attempts = 0;
  const cut = setting('a', [], {
    async apply(_, { state }) {
      attempts += 1;
      if (attempts === 1) throw lost;
      state.a = 'wanted';
    },
  });
  const { failures } = await run(world, [cut], { mayHaveHappened });
  assert.deepEqual([failures, attempts], [[], 2]);
});

test('a refusal is not tried again', async () => {
  let attempts = 0;
  const refused = setting('a', [], {
    async apply() {
      attempts += 1;
      throw new Error('not with these roles');
    },
  });
  const { failures } = await run(newWorld(), [refused], { mayHaveHappened });
  assert.deepEqual([failures.length, attempts], [1, 1]);
});

test('verification runs when nothing was changed, too', async () => {
  const verified: boolean[] = [];
  const step = setting('a', [], { verify: async (_, task) => void verified.push(task.changed('a')) });
  const world = newWorld();
  await run(world, [step]);
  await run(world, [step]);
  assert.deepEqual(verified, [true, false]);
});

test('an interruption lets the write in progress end and begins no other', async () => {
  const world = newWorld();
  const controller = new AbortController();
  const interrupted = setting('a', [], {
    async apply(_, { state, log }, task) {
      log.push('write first half');
      controller.abort(new Interrupted('SIGINT'));
      await new Promise(setImmediate);
      state.a = 'half';
      task.checkpoint();
      log.push('write second half');
    },
  });
  const { incomplete, failures } = await run(world, [interrupted, setting('b', ['a'])], { signal: controller.signal });
  assert.equal(incomplete, true);
  assert.deepEqual(failures, []);
  assert.equal(world.state.a, 'half');
  assert.deepEqual(writes(world), ['write first half']);
});

test('a step that is left out holds nobody up, and order reaches through it', async () => {
  const world = newWorld();
  await run(world, [setting('c', ['b']), setting('b', ['a']), setting('a')], { without: ['b'] });
  assert.deepEqual(writes(world), ['write a', 'write c']);
});

test('one step can be run alone', async () => {
  const world = newWorld();
  await run(world, [setting('a'), setting('b', ['a'])], { only: ['b'] });
  assert.deepEqual(writes(world), ['write b']);
});

test('a step that does not exist is refused with the one that was meant', async () => {
  await assert.rejects(run(newWorld(), [setting('key-manager')], { only: ['keymanager'] }), {
    name: 'InvocationError',
    message: /Did you mean key-manager\?/,
  });
});

test('steps that need each other in a circle are refused', async () => {
  await assert.rejects(run(newWorld(), [setting('a', ['b']), setting('b', ['a'])]), /in a circle: a -> b -> a/);
});
