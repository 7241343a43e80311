import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { standInHome } from './testing/stand-in-home.ts';
import { startHome } from './testing/start-home.ts';

const started =
  "echo '[2026-11-30 08:01:00,000] []  INFO {org.wso2.carbon.core.internal.StartupFinalizerServiceComponent} - WSO2 Carbon started in 1 sec'";

/** Starts a home whose script does this, with its log in a folder of its own. */
async function start(does: string, ...more: string[]) {
  const [home, logs] = [standInHome({}, does), temporaryDirectory()];
  const running = await startHome(home, logs, ...more);
  return { running, home, log: () => readFileSync(join(logs, 'identity-server.log'), 'utf8') };
}

/** A script whose server is a child of its own, as the script of WSO2's is, and needs a moment to end. */
const server = `
sh -c 'trap "sleep 0.5; echo done > last; exit" TERM; ${started.replaceAll("'", '"')}; while :; do sleep 0.1; done'
`;

test('a server runs from its home with its variables, is ready when it says so, and has ended when it is closed', async () => {
  const { running, home, log } = await start(`echo "in $(pwd) with $SECRET"\n${server}`);
  // Ended before anything is judged: a server that a failed test left running would keep the test process alive.
  await running.close();
  assert.match(log(), new RegExp(`in ${home} with of the server`));
  assert.equal(readFileSync(join(home, 'last'), 'utf8'), 'done\n');
});

test('a server that ends while it starts has failed with the reason in its log, at once', async () => {
  const began = performance.now();
  await assert.rejects(
    start(
      `echo "org.wso2.config.mapper.ConfigParserException: Configuration with key server.node_ip doesn't exist"\nexit 1`,
    ),
    /identity-server ended \(exit code 1\): ConfigParserException: Configuration with key server\.node_ip doesn't exist; its log is /,
  );
  assert.ok(performance.now() - began < 10_000);
  await assert.rejects(start('exit 3'), /It ended by itself \(exit code 3\)/);
});

test('a server that goes on without a part that everything waits for has failed with what that was caused by', async () => {
  const waits = `echo '[2026-11-30 08:01:00,000] [] ERROR {org.wso2.Some} - Cannot start User Manager Core bundle'
echo 'Caused by: org.h2.jdbc.JdbcSQLException: Wrong user name or password'
sleep 60`;
  await assert.rejects(
    start(waits),
    /It cannot start\. Cannot start User Manager Core bundle\nJdbcSQLException: Wrong user/,
  );
});

test('a server that does not come to its start is ended, with what it was doing', async () => {
  const hangs =
    "echo '[2026-11-30 08:01:00,000] []  INFO {org.wso2.Some} - Waiting for a database'\necho $$ > pid\nsleep 60";
  await assert.rejects(start(hangs, '--start-seconds', '1'), /not started within 1 s\. Waiting for a database/);
});

test('a server ends with who started it, though that was killed and could end nobody', async (t) => {
  const home = standInHome({}, server);
  const starter = fork(fileURLToPath(new URL('testing/starter.ts', import.meta.url)), [home, temporaryDirectory()]);
  t.after(() => starter.kill('SIGKILL'));
  await once(starter, 'message');
  starter.kill('SIGKILL');
  while (!existsSync(join(home, 'last'))) await pause(50);
});
