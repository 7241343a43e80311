import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { openProductHome } from './product-home.ts';
import { openRequestedHomes } from './requested-homes.ts';
import { standInHome, standInJava, writeFiles } from './testing/stand-in-home.ts';

const env = { JAVA_HOME: standInJava() };
const homeSaying = (text: string) =>
  standInHome({ 'bin/version.txt': text, 'bin/api-manager.sh': 'between JDK 11 and JDK 21' });

test('a home says its product and version, which make the generation', async () => {
  for (const [text, product, version, generation] of [
    ['WSO2 Identity Server v7.1.0\n', 'Identity Server', '7.1.0', '4.7'],
    ['WSO2 Identity Server v6.1.0', 'Identity Server', '6.1.0', '4.2'],
    ['WSO2 API Manager v4.6.0', 'API Manager', '4.6.0', '4.7'],
    ['WSO2 API Manager v4.2.0', 'API Manager', '4.2.0', '4.2'],
  ] as const) {
    const home = await openProductHome(homeSaying(text), product, env);
    assert.deepEqual([home.version, home.generation], [version, generation]);
  }
});

test('a directory that is no home, of the other product or of an unknown version is refused with what was found and what is accepted', async () => {
  const refused = (text: string) => openProductHome(homeSaying(text), 'API Manager', env);
  await assert.rejects(
    refused('WSO2 Identity Server v7.1.0'),
    /is Identity Server 7\.1\.0: needed is API Manager 4\.2, and/,
  );
  await assert.rejects(refused('WSO2 API Manager v4.3.0'), /is API Manager 4\.3\.0, which is not supported/);
  await assert.rejects(refused('WSO2 API Manager v3.2.0'), /is API Manager 3\.2\.0, which is not supported/);
  await assert.rejects(
    refused('WSO2 Micro Integrator v4.2.0'),
    /version\.txt of .* says 'WSO2 Micro Integrator v4\.2\.0'/,
  );
  await assert.rejects(openProductHome('/no/such/folder', 'API Manager', env), /\/no\/such\/folder does not exist/);
  const above = temporaryDirectory();
  writeFiles(above, { 'wso2am-4.6.0/bin/version.txt': '' });
  await assert.rejects(openProductHome(above, 'API Manager', env), /no bin\/version\.txt.*It has wso2am-4\.6\.0 in it/);
});

test('a Java that the start script does not support, or none, is refused with what is wanted', async () => {
  const home = standInHome();
  const openedWith = (variables: NodeJS.ProcessEnv) => openProductHome(home, 'Identity Server', variables);
  const old = { JAVA_HOME: standInJava('1.8.0_382') };
  await assert.rejects(openedWith(old), /Identity Server 7\.1\.0 wants Java 11 to 21, and .* is Java 1\.8\.0_382/);
  await assert.rejects(openedWith({ JAVA_HOME: standInJava('25') }), /wants Java 11 to 21, and .* is Java 25/);
  await assert.rejects(openedWith({ PATH: '/nowhere' }), /there is no java on the PATH/);
  await assert.rejects(openedWith({ JAVA_HOME: '/nowhere' }), /\/nowhere \(JAVA_HOME\) has no bin\/java that runs/);
  const { java } = await openedWith({ PATH: join(env.JAVA_HOME, 'bin') });
  assert.deepEqual(java, { home: dirname(join(env.JAVA_HOME, 'bin')), version: '17.0.15' });
});

test('homes of two generations, or of another than was asked for, do not run together', async () => {
  const [older, newer] = [homeSaying('WSO2 API Manager v4.2.0'), standInHome()];
  const both = { apiManagerHome: older, identityServerHome: newer };
  await assert.rejects(
    openRequestedHomes(both, undefined, env),
    /API Manager 4\.2\.0 is of generation 4\.2 and Identity Server 7\.1\.0 of generation 4\.7/,
  );
  await assert.rejects(openRequestedHomes({ apiManagerHome: older }, '4.7', env), /--generation is of generation 4\.7/);
  assert.equal((await openRequestedHomes({ apiManagerHome: older }, undefined, env)).generation, '4.2');
  assert.deepEqual(await openRequestedHomes({}, '4.2', env), { homes: {}, generation: '4.2' });
});
