import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { groupCommit } from './group-commit.ts';

function counted() {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE number (value INTEGER PRIMARY KEY) STRICT');
  const insert = database.prepare('INSERT INTO number VALUES (?)');
  const statements: string[] = [];
  const exec = database.exec.bind(database);
  database.exec = (sql) => {
    statements.push(sql);
    exec(sql);
  };
  const commits = groupCommit(database);
  return {
    commits,
    insert,
    add: (value: number) => commits.run(() => insert.run(value).changes),
    values: () =>
      database
        .prepare('SELECT value FROM number')
        .all()
        .map(({ value }) => value),
    committed: () => statements.filter((sql) => sql === 'COMMIT').length,
    exec,
  };
}

test('concurrent work is committed once, and its results are returned only then', async () => {
  const { add, values, committed } = counted();
  const told: number[] = [];
  const all = [1, 2, 3].map((value) => add(value).then(() => told.push(committed())));
  assert.deepEqual(values(), []);
  await Promise.all(all);
  assert.deepEqual(values(), [1, 2, 3]);
  assert.deepEqual(told, [1, 1, 1]);
});

test('work that fails takes nobody with it and leaves nothing of itself', async () => {
  const { commits, add, insert, values } = counted();
  const failing = commits.run(() => {
    insert.run(9);
    throw new Error('not this one');
  });
  const [first, twice, failed, last] = await Promise.allSettled([add(1), add(1), failing, add(2)]);
  assert.equal(first.status, 'fulfilled');
  assert.equal(twice.status, 'rejected');
  assert.match(String(failed.status === 'rejected' && failed.reason), /not this one/);
  assert.equal(last.status, 'fulfilled');
  assert.deepEqual(values(), [1, 2]);
});

test('a transaction that cannot be begun fails for all that wait, at once', async () => {
  const { add, values, committed, exec } = counted();
  exec('BEGIN');
  const outcomes = await Promise.allSettled([add(1), add(2)]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(committed(), 0);
  assert.deepEqual(values(), []);
});

test('flush does what waits without waiting for the event loop', async () => {
  const { commits, add, values } = counted();
  const added = add(1);
  commits.flush();
  assert.deepEqual(values(), [1]);
  await added;
});
