import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generations } from '../../../programs/products.ts';

/** What the scripts make, in the order in which they are run. */
const tablesOf = (scripts: readonly string[]): string[] =>
  scripts
    .map((script) => readFileSync(new URL(`../dbscripts/${script}`, import.meta.url), 'utf8'))
    .flatMap((text) => [...text.matchAll(/^CREATE TABLE (\w+)/gm)])
    .map(([, name = '']) => name.toLowerCase());

const servers = Object.entries(generations).flatMap(([generation, { apiManager, identityServer }]) => [
  { name: `API Manager of ${generation}`, ...apiManager, own: 'emulated_api_manager' },
  { name: `Identity Server of ${generation}`, ...identityServer, own: 'emulated_identity_server' },
]);

for (const { name, databases, own } of servers) {
  test(`the scripts of ${name} make what the schema Job looks for, and the tables that the server opens`, () => {
    for (const { table, scripts, mark } of databases) {
      // A database that another server's scripts make: API Manager's.
      const made = tablesOf(scripts.length > 0 ? scripts : ['apimgt/postgresql.sql']);
      assert.ok(made.includes(mark), `${table}: ${made} has no ${mark}`);
      const opened = table === 'shared_db' ? `${own}_users` : own;
      assert.ok(made.includes(opened), `${table}: ${made} has no ${opened}`);
    }
  });
}
