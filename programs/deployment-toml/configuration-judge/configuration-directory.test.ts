import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { nearestRelease, readReleaseConfiguration, releasesIn } from './configuration-directory.ts';
import type { Product } from './product-configuration.ts';

const releases = ['wso2am-4.2.0', 'wso2am-4.6.0', 'wso2am-4.7.0-approx', 'wso2is-6.1.0', 'wso2is-7.1.0'];

for (const [product, version, nearest] of [
  ['wso2am', '4.2.0', 'wso2am-4.2.0'],
  ['wso2am', '4.3.0', 'wso2am-4.2.0'],
  ['wso2am', '4.5.0', 'wso2am-4.6.0'],
  ['wso2am', '4.6.0', 'wso2am-4.6.0'],
  ['wso2am', '4.7.0', 'wso2am-4.7.0-approx'],
  ['wso2am', '4.8.1', 'wso2am-4.7.0-approx'],
  ['wso2is', '6.0.0', 'wso2is-6.1.0'],
  ['wso2is', '7.0.0', 'wso2is-7.1.0'],
  ['wso2is', '7.3.0', 'wso2is-7.1.0'],
  ['wso2is', '5.11.0', undefined],
] as const satisfies [Product, string, string | undefined][])
  test(`${product} ${version} is judged by ${nearest ?? 'nothing'}`, () => {
    assert.equal(nearestRelease(releases, product, version), nearest);
  });

/** A directory with the data of these releases, each of which reads one key: its own name. */
function directoryWith(...names: string[]): string {
  const directory = temporaryDirectory();
  for (const name of names) {
    mkdirSync(join(directory, name));
    const write = (file: string, content: unknown) =>
      writeFileSync(join(directory, name, file), JSON.stringify(content));
    for (const file of ['default.json', 'infer.json', 'key-mappings.json', 'validator.json']) write(file, {});
    write('unit-resolve.json', { time: {} });
    write('keys.json', { [name.replaceAll(/\W/g, '_')]: [] });
  }
  return directory;
}

test("a release is judged by its own data, or by the nearest release's, which are named", () => {
  const directory = directoryWith('wso2am-4.6.0', 'wso2am-4.7.0-approx', 'notes');
  assert.deepEqual(releasesIn(directory), ['wso2am-4.6.0', 'wso2am-4.7.0-approx']);
  const named = (version: string) => {
    const { source, exact, keys } = readReleaseConfiguration(directory, 'wso2am', version);
    return { source, exact, read: [...keys.members.keys()] };
  };
  assert.deepEqual(named('4.6.0'), { source: 'wso2am-4.6.0', exact: true, read: ['wso2am_4_6_0'] });
  assert.deepEqual(named('4.5.0'), { source: 'wso2am-4.6.0', exact: false, read: ['wso2am_4_6_0'] });
  assert.equal(named('4.7.0').exact, false);
});

test('without data of the generation the error says so', () => {
  assert.throws(
    () => readReleaseConfiguration(directoryWith('wso2am-4.6.0'), 'wso2is', '7.1.0'),
    /no data .* wso2is 7/,
  );
});
