import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { generations } from '../products.ts';
import { apiManagerToml } from './api-manager.ts';
import { identityServerToml } from './identity-server.ts';

// What the products' own reader of deployment.toml cannot do.

const common = { portOffset: 0, administrator: 'admin' };
const rendered = Object.entries(generations).flatMap(([name, { apiManager, identityServer, accelerator }]) => {
  const am = { ...common, ...apiManager, hostname: 'api-manager' };
  const own = { host: 'api-manager-1', portOffset: 0 };
  const is = { ...common, ...identityServer, hostname: 'identity-server', apiManagerUrl: 'https://am:9443' };
  return [
    [`API Manager of ${name}`, apiManagerToml(am)],
    [
      `one of several of ${name}`,
      apiManagerToml({ ...am, instances: { own, other: { ...own, host: 'api-manager-2' } } }),
    ],
    [
      `Identity Server of ${name}`,
      identityServerToml({ ...is, accelerator, registrationUrl: 'https://gateway.example/register' }),
    ],
    [
      `a replica of Identity Server of ${name}`,
      identityServerToml({ ...is, accelerator, clusterService: 'identity-server', publicHost: 'id.example' }),
    ],
  ] as const;
});

/** Every text of a document, with whether it stands in an array of tables. */
function texts(node: unknown, path: string, inArray: boolean): [path: string, text: string, inArray: boolean][] {
  if (typeof node === 'string') return [[path, node, inArray]];
  if (typeof node !== 'object' || node === null) return [];
  const isArrayOfTables = Array.isArray(node) && node.some((entry) => typeof entry === 'object');
  return Object.entries(node).flatMap(([key, value]) => texts(value, `${path}.${key}`, inArray || isArrayOfTables));
}

for (const [what, toml] of rendered) {
  test(`${what}: no reference to another key in an array of tables, where it would not be resolved`, () => {
    const inArrays = texts(parse(toml), '', false).filter(([, , inArray]) => inArray);
    assert.ok(inArrays.length > 0);
    for (const [path, text] of inArrays) assert.ok(!text.includes('$ref{'), path);
  });

  test(`${what}: no table after one of its own sub-tables, which would end the start`, () => {
    const headers = [...toml.matchAll(/^\[+([^\]]+)\]+$/gm)].map(([, header]) => header ?? '');
    assert.ok(headers.length > 10);
    for (const [index, header] of headers.entries())
      assert.ok(!headers.slice(0, index).some((earlier) => earlier.startsWith(`${header}.`)), header);
  });
}
