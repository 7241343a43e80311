// What we render, before WSO2's own config mapper of an unpacked server, which WSO2_APIM_HOME and WSO2_IS_HOME name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Product } from '../../programs/deployment-toml/configuration-judge/product-configuration.ts';
import { versionFile } from '../emulator/server-version.ts';
import { type Rendering, renderByMapper } from './config-mapper.ts';
import { idleKeys } from './idle-keys.ts';
import { faultIn } from './rendered-file.ts';
import { renderedForVersion } from './version-renderings.ts';

const homes: Record<Product, string | undefined> = {
  wso2am: process.env.WSO2_APIM_HOME,
  wso2is: process.env.WSO2_IS_HOME,
};

/** What the mapper refuses, or the unreadable files that it creates. */
function faultsOf(rendering: Rendering | undefined): string[] {
  if (!rendering) return ['is not there'];
  if ('failure' in rendering) return [rendering.failure];
  assert.ok(rendering.files.size > 20);
  return [...rendering.files].flatMap(([path, text]) => {
    const fault = faultIn(path, text);
    return fault === undefined ? [] : [`${path}: ${fault}`];
  });
}

/** Keys that change no file, and why they are said all the same. */
const idle: Record<Product, Record<string, string>> = {
  wso2am: {
    'database.apim_db.type': 'says what is there; all that would be inferred of it is said outright',
    'database.shared_db.type': 'the same',
    'database.local.type': 'the same',
  },
  wso2is: {
    'server.node_ip': 'no server starts without it, but one of several says its address beside its cluster',
    'database.identity_db.type': 'says what is there; all that would be inferred of it is said outright',
    'database.shared_db.type': 'the same',
  },
};

for (const [product, home = ''] of Object.entries(homes) as [Product, string | undefined][]) {
  const withHome = { skip: home ? false : `no environment variable names a home of ${product}` };
  const renderings = () => {
    const version = /\d+\.\d+\.\d+/.exec(readFileSync(join(home, ...versionFile), 'utf8'))?.[0] ?? '';
    return renderedForVersion(product, version);
  };

  test(
    `${product}: WSO2's own mapper takes what we render, and every file that results can be read`,
    withHome,
    async () => {
      const tomls = renderings();
      const results = await renderByMapper(home, Object.values(tomls));
      for (const [index, name] of Object.keys(tomls).entries())
        assert.deepEqual({ name, faults: faultsOf(results[index]) }, { name, faults: [] });
    },
  );

  test(
    `${product}: what the judge says of characters, references and the order of tables is so`,
    withHome,
    async () => {
      const { alone: toml = '' } = renderings();
      const changed = {
        character: toml.replace('"$env{WSO2_ADMIN_PASSWORD}"', `"a&b"`),
        'another character': toml.replace('"$env{WSO2_ADMIN_PASSWORD}"', `"a<b"`),
        reference: `${toml}\n[nobody]\nknows = "$ref{nobody.else}"\n`,
        order: `[server.of]\nnothing = 1\n${toml}`,
      };
      const results = await renderByMapper(home, Object.values(changed));
      for (const [index, name] of Object.keys(changed).entries())
        assert.notDeepEqual({ name, faults: faultsOf(results[index]) }, { name, faults: [] });
    },
  );

  test(`${product}: every key that we render changes a file that the server starts from`, withHome, async () => {
    const richest = Object.values(renderings()).at(-1) ?? '';
    assert.deepEqual(await idleKeys(home, richest), Object.keys(idle[product]));
  });
}
