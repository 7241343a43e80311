import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { RunError } from '@pulumi/pulumi';
import { recordStack } from '../testing/recorded-stack.ts';
import { sampleStack } from '../testing/sample-stack.ts';

const { settings, directory } = await sampleStack();

test('a stack without declared trust, or with a folder in place of a certificate, is refused with a message for its user', async () => {
  const servers = join(directory, 'trust/servers');
  await rm(servers, { recursive: true });
  await assert.rejects(recordStack(settings), (error) => {
    assert.ok(RunError.isInstance(error));
    assert.match(error.message, /servers holds no \.pem file: put the CAs of the servers/);
    return true;
  });
  await mkdir(join(servers, 'folder.pem'), { recursive: true });
  await assert.rejects(recordStack(settings), (error) => {
    assert.ok(RunError.isInstance(error));
    assert.match(error.message, /servers\/folder\.pem is no regular file/);
    return true;
  });
});

test("a stack that lacks a recipients' issuing CA is deployed, and its user is told", async (t) => {
  const { settings: whole, directory: place } = await sampleStack();
  const told: string[] = [];
  t.mock.method(console, 'warn', (message: string) => void told.push(message));
  await recordStack(whole);
  assert.deepEqual(told, []);
  await rm(join(place, 'trust/recipients/cdr-issuing.pem'));
  await recordStack(whole);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /recipients\/ has the root "cdr-root" .* Add the issuing CA/);
});
