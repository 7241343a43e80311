import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify, type TomlValue } from 'smol-toml';
import { renderedForVersion } from '../../local/judges/version-renderings.ts';
import {
  readReleaseConfiguration,
  releasesIn,
} from '../deployment-toml/configuration-judge/configuration-directory.ts';
import { parseDottedKey } from '../deployment-toml/configuration-judge/dotted-key.ts';
import { readingOf } from '../deployment-toml/configuration-judge/read-keys.ts';
import { lintDeploymentToml } from '../deployment-toml/lint.ts';
import { baseline, baselineOf, baselineTables, shutAsShipped, standingOf } from './baseline.ts';
import { areModern, areRecommended, type BaselineRow } from './row.ts';

const situation = { portOffset: 1, several: false };
const versions = {
  'api-manager': ['4.2.0', '4.5.0', '4.6.0', '4.7.0'],
  'identity-server': ['6.1.0', '7.1.0', '7.3.0'],
};
const productOf = { 'api-manager': 'wso2am', 'identity-server': 'wso2is' } as const;
const nameOf = ({ server, key, only }: BaselineRow) => `${server} ${key}${only ? ` (${only})` : ''}`;

test('each key has one row, or one for a server alone and one for several', () => {
  const names = baseline.map(nameOf);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

for (const server of ['api-manager', 'identity-server'] as const)
  for (const version of versions[server]) {
    const rendered = renderedForVersion(productOf[server], version).alone ?? '';
    test(`${server} ${version} shuts each of its rows, and undoing one is found by its key`, () => {
      for (const row of baselineOf(server, version, false)) {
        const toml = parse(rendered);
        assert.equal(standingOf(row, toml, situation), 'shut', nameOf(row));
        // What is missing as well as what is as WSO2 ships it.
        for (const value of [undefined, row.shipped]) {
          if (value !== undefined && shutAsShipped(row, situation)) continue;
          const findings = lintDeploymentToml(server, version, withValue(rendered, row.key, value));
          assert.ok(
            findings.some(({ key, message }) => key === row.key && message.includes(row.open)),
            nameOf(row),
          );
        }
      }
    });
  }

test('a row is rendered for versions that know it only', () => {
  const keys = (version: string) => baselineOf('api-manager', version, false).map(({ key }) => key);
  assert.ok(!keys('4.5.0').includes('apim.ws.enable'));
  assert.ok(keys('4.6.0').includes('apim.ws.enable'));
  assert.ok(!('apim' in baselineTables('identity-server', '7.1.0', situation)));
});

test('lists of protocols and suites are judged by their members, as text or array', () => {
  assert.ok(areModern('TLSv1.2,TLSv1.3') && areModern(['TLSv1.3']) && areModern('+TLSv1.2'));
  assert.ok(!areModern('TLSv1.2,TLSv1.1') && !areModern('TLS') && !areModern('') && !areModern(undefined));
  assert.ok(areRecommended('TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'));
  assert.ok(!areRecommended('TLS_RSA_WITH_AES_256_GCM_SHA384') && !areRecommended([]));
});

const directory = process.env.WSO2_CONFIG_DIR ?? '';
for (const release of directory ? releasesIn(directory) : []) {
  const [, product = '', version = ''] = /^(wso2am|wso2is)-([\d.]+)/.exec(release) ?? [];
  const server = product === 'wso2am' ? 'api-manager' : 'identity-server';
  test(`${release} reads each key of the baseline, and ships what the row says`, () => {
    const { keys, mappings, defaults } = readReleaseConfiguration(directory, productOf[server], version);
    for (const row of baseline.filter((one) => one.server === server)) {
      const mapped = mappings[row.key] ?? [row.key];
      const isRead = mapped.some((key) => readingOf(keys, parseDottedKey(key)));
      const isRendered = baselineOf(server, version, row.only === 'several').includes(row);
      const [shipped] = mapped.map((key) => defaults[key]).filter((value) => value !== undefined);
      // A version that ships the door shut needs no row.
      const isNeeded =
        isRead && !(row.since !== undefined && shutAsShipped({ ...row, shipped: shipped as TomlValue }, situation));
      if (leftOpen[nameOf(row)] === release) continue;
      assert.equal(
        isRendered,
        isRendered ? isRead : isNeeded,
        `${nameOf(row)}: rendered ${isRendered}, read ${isRead}`,
      );
      if (!isRendered || isSaidInWords(row) || row.key === ofAxis2) continue;
      // 4.7 adds TLS 1.3 to the old protocols: as open as before.
      if (row.allows === areModern) assert.ok(!areModern(shipped), nameOf(row));
      else assert.deepEqual(shipped, row.shipped, nameOf(row));
    }
  });
}

/** What a version could shut and does not: API Manager 4.2's connector may call SOAP services of Identity Server 6.1, which was not tried. */
const leftOpen: Record<string, string> = { 'identity-server resource.access_control': 'wso2is-6.1.0' };

/** Its default is Axis2's own: the product's data do not name it. */
const ofAxis2 = 'axis2_transport.parameter.servicePath';

/** Where WSO2 publishes the value, or it is long. */
const isSaidInWords = ({ shipped }: BaselineRow) => / WSO2 publishes$|^suites /.test(String(shipped));

function withValue(toml: string, key: string, value: unknown): string {
  const table = parse(toml);
  const path = parseDottedKey(key);
  // biome-ignore lint/suspicious/noExplicitAny: any table of any depth.
  const parent = path.slice(0, -1).reduce((node: any, name) => node[name], table);
  if (value === undefined) delete parent[path.at(-1) ?? ''];
  else parent[path.at(-1) ?? ''] = value;
  return stringify(table);
}
