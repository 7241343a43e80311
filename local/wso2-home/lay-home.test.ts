import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { refuseOther } from './home-copy.ts';
import { layProductHome, readyProductHome } from './lay-home.ts';
import { openProductHome } from './product-home.ts';
import { standInHome, standInJava, writeFiles } from './testing/stand-in-home.ts';

const env = { JAVA_HOME: standInJava() };
const open = (path: string) => openProductHome(path, 'Identity Server', env);
const database = 'repository/database/WSO2IDENTITY_DB.mv.db';
const toml = `
[database.identity_db]
url = "jdbc:h2:./repository/database/WSO2IDENTITY_DB;DB_CLOSE_ON_EXIT=FALSE"
username = "wso2carbon"
password = "wso2carbon"
`;

/** Every file of a folder with its content and time. */
function contentOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(directory, name)).isFile())
    .map((name) => `${name} ${statSync(join(directory, name)).mtimeMs} ${readFileSync(join(directory, name), 'utf8')}`)
    .sort();
}

/** Lays a home out and makes it ready, as each run does. */
async function run(path: string, copy: string): Promise<void> {
  const home = await open(path);
  await layProductHome(home, copy);
  writeFiles(copy, { 'repository/conf/deployment.toml': toml });
  await readyProductHome(home, copy);
}

test('a home is copied without what it did when it ran, and its databases are made by its own scripts', async () => {
  const path = standInHome({
    'repository/logs/wso2carbon.log': 'of an earlier run',
    'repository/database/WSO2IDENTITY_DB.mv.db': 'with the password of an earlier run',
    'repository/deployment/server/webapps/api.war': 'an application',
  });
  const before = contentOf(path);
  const copy = join(temporaryDirectory(), 'copy');
  await run(path, copy);
  assert.equal(readFileSync(join(copy, database), 'utf8'), 'identity\nconsent\n');
  assert.equal(readFileSync(join(copy, 'repository/database/WSO2CARBON_DB.mv.db'), 'utf8'), 'shared\n');
  assert.equal(readFileSync(join(copy, 'repository/deployment/server/webapps/api.war'), 'utf8'), 'an application');
  assert.deepEqual(readdirSync(join(copy, 'repository/logs')), []);
  assert.deepEqual(contentOf(path), before);
});

test('what a link of a home leads to is not what the copy is written to', async () => {
  const elsewhere = temporaryDirectory();
  writeFiles(elsewhere, { 'shared.xml': 'of others' });
  const path = standInHome();
  symlinkSync(elsewhere, join(path, 'repository/conf/shared'));
  const copy = join(temporaryDirectory(), 'copy');
  await run(path, copy);
  writeFiles(copy, { 'repository/conf/shared/shared.xml': 'of the server' });
  assert.equal(readFileSync(join(elsewhere, 'shared.xml'), 'utf8'), 'of others');
});

test('a second run goes on with the copy and its databases; what was rendered is rendered anew', async () => {
  const path = standInHome();
  const copy = join(temporaryDirectory(), 'copy');
  await run(path, copy);
  writeFiles(copy, {
    [database]: 'with a user',
    'repository/deployment/server/made.xml': 'by the server',
    'repository/resources/conf/.metadata/metadata.properties': 'remembered',
  });
  await run(path, copy);
  assert.equal(readFileSync(join(copy, database), 'utf8'), 'with a user');
  assert.ok(existsSync(join(copy, 'repository/deployment/server/made.xml')));
  assert.ok(!existsSync(join(copy, 'repository/resources/conf/.metadata')));
});

test('a home that changed is copied anew, and the databases stay', async () => {
  const path = standInHome({ 'lib/old.jar': 'old' });
  const copy = join(temporaryDirectory(), 'copy');
  await run(path, copy);
  writeFiles(copy, { [database]: 'with a user' });
  rmSync(join(path, 'lib/old.jar'));
  writeFiles(path, { 'lib/new.jar': 'new' });
  await run(path, copy);
  assert.deepEqual(readdirSync(join(copy, 'lib')), ['new.jar']);
  assert.equal(readFileSync(join(copy, database), 'utf8'), 'with a user');
});

test('a copy that was cut short is made whole by the next run', async () => {
  const path = standInHome({ 'lib/some.jar': 'some' });
  const copy = join(temporaryDirectory(), 'copy');
  await run(path, copy);
  const mark = join(copy, '.copied-from.json');
  writeFiles(copy, {
    '.copied-from.json': JSON.stringify({ ...JSON.parse(readFileSync(mark, 'utf8')), files: undefined }),
  });
  rmSync(join(copy, 'lib'), { recursive: true });
  await run(path, copy);
  assert.deepEqual(readdirSync(join(copy, 'lib')), ['some.jar']);
});

test('the state of another server is refused, and left alone', async () => {
  const copy = join(temporaryDirectory(), 'copy');
  await run(standInHome(), copy);
  const other = await open(standInHome({ 'bin/version.txt': 'WSO2 Identity Server v7.2.0' }));
  await assert.rejects(
    layProductHome(other, copy),
    /holds the state of Identity Server 7\.1\.0 of WSO2's, which Identity Server 7\.2\.0 .*cannot use.*teardown/,
  );
  await assert.rejects(refuseOther(undefined, copy), /which our emulator cannot use/);
  const emulator = temporaryDirectory();
  writeFiles(emulator, { 'repository/conf/deployment.toml': '' });
  await refuseOther(undefined, emulator);
  await assert.rejects(layProductHome(other, emulator), /holds the state of our emulator/);
});

test('a database whose script fails is not there, and the script is named', async () => {
  const path = standInHome();
  rmSync(join(path, 'dbscripts/consent/h2.sql'));
  const copy = join(temporaryDirectory(), 'copy');
  await assert.rejects(run(path, copy), /identity\/h2\.sql, consent\/h2\.sql of .* made no database: no .*consent/);
  assert.deepEqual(
    readdirSync(join(copy, 'repository/database')).filter((name) => name.includes('IDENTITY')),
    [],
  );
});
