import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStartLog } from './start-log.ts';

test('either product says what it does and that it has started', () => {
  for (const [busy, started] of [
    [
      '[2026-11-30 08:00:00,000] []  INFO {org.wso2.carbon.core.init.CarbonServerManager} - Reading its repository',
      '[2026-11-30 08:01:00,000] []  INFO {org.wso2.carbon.core.internal.StartupFinalizerServiceComponent} - WSO2 Carbon started in 58 sec',
    ],
    [
      '[2026-11-30 08:00:00,000]  INFO - CarbonServerManager Reading its repository',
      '[2026-11-30 08:01:00,000]  INFO - StartupFinalizerServiceComponent WSO2 Carbon started in 103 sec',
    ],
  ] as const) {
    const log = readStartLog();
    assert.equal(log.latest(), undefined);
    assert.equal(log.take(busy), undefined);
    assert.equal(log.latest(), 'Reading its repository');
    assert.equal(log.take('a line that is no entry: WSO2 Carbon started in 1 sec'), undefined);
    assert.equal(log.take(started), 'started');
    assert.equal(log.reason(), undefined);
  }
});

test('the reason of a failure is what was thrown or called an error, each once and the first ones', () => {
  const log = readStartLog();
  for (const line of [
    '[2026-11-30 08:00:00,000] []  WARN {org.wso2.carbon.Something} - A template is not there',
    '[2026-11-30 08:00:00,000] [] ERROR {org.wso2.carbon.Something} - Error while reading the configuration',
    "org.wso2.config.mapper.ConfigParserException: Configuration with key server.node_ip doesn't exist",
    '\tat org.wso2.config.mapper.ReferenceResolver.resolve(ReferenceResolver.java:1)',
    'Caused by: java.lang.reflect.InvocationTargetException',
    'Caused by: java.lang.StackOverflowError',
    'Caused by: java.lang.StackOverflowError',
  ]) {
    log.take(line);
  }
  assert.deepEqual(log.reason()?.split('\n'), [
    'Error while reading the configuration',
    "ConfigParserException: Configuration with key server.node_ip doesn't exist",
    'StackOverflowError',
  ]);
});

test('a server is given up when it goes on without a part that everything waits for', () => {
  const log = readStartLog();
  const error = (message: string) => log.take(`[2026-11-30 08:00:00,000] [] ERROR {org.wso2.carbon.Some} - ${message}`);
  assert.equal(error('Cannot read a template'), undefined);
  assert.equal(error('Cannot start User Manager Core bundle org.wso2.carbon.Exception: no realm'), 'hopeless');
  assert.equal(log.take('[2026-11-30 08:00:00,000] FATAL - Component No disk'), 'hopeless');
});
