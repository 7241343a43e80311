// Every deployment.toml that we render, before the judge, with the products' own data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ReleaseConfiguration,
  readReleaseConfiguration,
  releasesIn,
} from '../../programs/deployment-toml/configuration-judge/configuration-directory.ts';
import { judgeConfiguration } from '../../programs/deployment-toml/configuration-judge/judge.ts';
import { type Product, products } from '../../programs/deployment-toml/configuration-judge/product-configuration.ts';
import { generations } from '../../programs/products.ts';
import { renderedConfigurations } from './rendered-configurations.ts';
import { renderedForVersion } from './version-renderings.ts';

const directory = process.env.WSO2_CONFIG_DIR ?? '';
const withData = { skip: directory ? false : "WSO2_CONFIG_DIR does not name the products' configuration data" };

// Before the first test: Node's runner follows each promise that is made in one.
const rendered = directory ? await renderedConfigurations() : [];

for (const generation of Object.keys(generations))
  for (const product of products)
    test(
      `what is rendered for ${product} in generation ${generation} is clean by the product's own data`,
      withData,
      (t) => {
        const own = rendered.filter((one) => one.product === product && one.generation === generation);
        const [{ version } = assert.fail('nothing is rendered')] = own;
        const configuration = readReleaseConfiguration(directory, product, version);
        if (!configuration.exact) t.diagnostic(`${product} ${version} is judged by ${configuration.source}`);
        for (const { name, toml, accelerator } of own) assertClean(product, name, toml, configuration, accelerator);
      },
    );

for (const release of directory ? releasesIn(directory) : [])
  test(`what is rendered for ${release} is clean by its own data`, () => {
    const [, product, version = ''] = /^(wso2am|wso2is)-([\d.]+)/.exec(release) as unknown as [string, Product, string];
    const configuration = readReleaseConfiguration(directory, product, version);
    assert.equal(configuration.source, release);
    for (const [name, toml] of Object.entries(renderedForVersion(product, version)))
      assertClean(product, name, toml, configuration, false);
  });

function assertClean(
  product: Product,
  name: string,
  toml: string,
  configuration: ReleaseConfiguration,
  accelerator: boolean,
): void {
  const { findings } = judgeConfiguration(product, toml, configuration, { accelerator });
  assert.deepEqual({ name, findings }, { name, findings: [] });
}
