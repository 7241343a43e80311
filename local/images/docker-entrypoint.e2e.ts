import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// The emulator's entrypoint as process 1, which is another thing than a process: signals that it does not trap do not reach it.
const entrypoint = fileURLToPath(new URL('emulator/docker-entrypoint.sh', import.meta.url));
const stop = fileURLToPath(new URL('../../programs/init/stop.sh', import.meta.url));
const canUnshare = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;
const skip = canUnshare ? false : 'needs a process-id namespace of its own (root, unshare)';

interface Container {
  /** The pid of process 1 outside of the container. */
  first: number;
  ended: Promise<unknown>;
  /** Whether its server has ended in its own time. */
  hasEnded(): boolean;
  /** Runs the preStop hook in it. */
  preStop(): ChildProcess;
}

/** A server in a home of that name, which needs a second to end; its script is as WSO2's. */
async function start(t: TestContext, home: string): Promise<Container> {
  const directory = mkdtempSync(join(tmpdir(), 'entrypoint-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, home);
  mkdirSync(join(path, 'bin'), { recursive: true });
  const file = (name: string) => join(path, name);
  writeFileSync(
    file('bin/api-manager.sh'),
    `if [ "\${1:-}" = stop ]; then kill -TERM "$(cat ${file('wso2carbon.pid')})"; exit 0; fi
trap 'sleep 1; echo done > ${file('ended')}; exit 143' TERM
echo $$ > ${file('wso2carbon.pid')}
while :; do sleep 0.1; done
`,
  );
  const env = { ...process.env, WORKING_DIRECTORY: directory, WSO2_SERVER_HOME: path };
  const outer = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sh', entrypoint], { env, stdio: 'ignore' });
  t.after(() => outer.kill('SIGKILL'));
  while (!existsSync(file('wso2carbon.pid'))) await pause(50);
  const first = Number(readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8'));
  return {
    first,
    ended: once(outer, 'exit'),
    hasEnded: () => existsSync(file('ended')),
    preStop: () =>
      spawn('nsenter', ['--target', `${first}`, '--pid', 'sh', stop, 'api-manager.sh', '0'], { env, stdio: 'ignore' }),
  };
}

for (const home of ['wso2am-4.7.0', 'wso2am-4.2.0'])
  test(`the preStop hook has the server of ${home} end in its own time, and the container with it`, {
    skip,
  }, async (t) => {
    const container = await start(t, home);
    container.preStop();
    await container.ended;
    assert.ok(container.hasEnded());
  });

test('of the entrypoints only that of 4.7.0 hears SIGTERM: the others go on as if nothing had been said', {
  skip,
}, async (t) => {
  const hearing = await start(t, 'wso2am-4.7.0');
  const deaf = await start(t, 'wso2am-4.2.0');
  for (const { first } of [hearing, deaf]) process.kill(first, 'SIGTERM');
  await hearing.ended;
  assert.ok(hearing.hasEnded());
  await pause(1500);
  assert.ok(!deaf.hasEnded());
  assert.ok(existsSync(`/proc/${deaf.first}`));
});
