import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { observeKeys } from '../dcr-service/operations/key-metrics.ts';
import { createMetrics } from '../dcr-service/operations/metrics.ts';
import { observeStore } from '../dcr-service/operations/store-metrics.ts';
import { alertsOf } from './alerts.ts';

const alerts = alertsOf('cdr-sample');
const selector = /\b([a-z_]+)\{([^}]*)\}/g;
const matcher = /^(\w+)(?:=~|!~|!=|=)"(.*)"$/;

/** What the service registers, by the names that Prometheus sees, with the labels of each. */
function exported(): Map<string, readonly string[]> {
  const metrics = createMetrics();
  observeStore(
    {
      ping: async () => {},
      pendingChanges: async () => ({ count: 0, oldest: undefined }),
      readStatuses: async () => undefined,
    },
    metrics,
  );
  observeKeys({ age: () => undefined }, metrics);
  const registered = metrics.registry.getMetricsAsArray() as unknown as {
    name: string;
    labelNames?: string[];
    buckets?: unknown;
  }[];
  return new Map(
    registered.flatMap(({ name, labelNames = [], buckets }): [string, string[]][] =>
      buckets === undefined
        ? [[name, labelNames]]
        : [
            [`${name}_bucket`, [...labelNames, 'le']],
            [`${name}_count`, labelNames],
            [`${name}_sum`, labelNames],
          ],
    ),
  );
}

/** The selectors of an expression, with their matchers apart. */
function selectorsOf(expr: string) {
  return [...expr.matchAll(selector)].map(([, metric = '', matchers = '']) => ({
    metric,
    matchers: matchers.split(', ').map((text) => {
      const [, label = '', value = ''] = matcher.exec(text) ?? assert.fail(`${text} is no matcher`);
      return { label, value };
    }),
  }));
}

test('every alert is over figures and labels that dcr-service has, in its own namespace', () => {
  const known = exported();
  for (const { name, expr } of alerts) {
    const selectors = selectorsOf(expr);
    // A figure without a selector would be that of every stack in the cluster.
    assert.equal(selectors.length, expr.match(/\bdcr_\w+/g)?.length, name);
    assert.ok(selectors.length > 0, name);
    for (const { metric, matchers } of selectors) {
      const labels = known.get(metric);
      assert.ok(labels, `${name}: dcr-service has no ${metric}`);
      assert.deepEqual(matchers[0], { label: 'namespace', value: 'cdr-sample' }, name);
      for (const { label } of matchers.slice(1))
        assert.ok(labels.includes(label), `${name}: ${metric} has no ${label}`);
    }
    const allowed = ['namespace', ...selectors.flatMap(({ metric }) => known.get(metric) ?? [])];
    for (const [, by = ''] of expr.matchAll(/by \(([^)]*)\)/g))
      for (const label of by.split(', ')) assert.ok(allowed.includes(label), `${name}: by ${label}`);
  }
});

test('a target or error code that an alert selects is one that the service exports', async () => {
  const sources = await Promise.all(
    ['operations/metrics.ts', 'http/problem.ts'].map((file) =>
      readFile(new URL(`../dcr-service/${file}`, import.meta.url), 'utf8'),
    ),
  );
  const values = alerts.flatMap(({ expr }) =>
    selectorsOf(expr).flatMap(({ matchers }) =>
      matchers
        .filter(({ label }) => ['target', 'error', 'outcome'].includes(label))
        .flatMap(({ value }) => value.split('|')),
    ),
  );
  assert.ok(values.length > 0);
  for (const value of values) assert.match(sources.join('\n'), new RegExp(`(['"]|^\\s*)${value}(['"]|:)`, 'm'));
});

test('brackets are balanced, and every alert has its own name and says what to do', async () => {
  const page = await readFile(new URL('../docs/observability.md', import.meta.url), 'utf8');
  assert.equal(new Set(alerts.map(({ name }) => name)).size, alerts.length);
  for (const { name, expr, for: duration, summary, description } of alerts) {
    const open: string[] = [];
    for (const bracket of expr.replaceAll(/"[^"]*"/g, '').match(/[()[\]{}]/g) ?? []) {
      if ('([{'.includes(bracket)) open.push(bracket);
      else assert.equal(`${open.pop()}${bracket}`.replace(/^(\(\)|\[\]|\{\})$/, ''), '', `${name}: ${expr}`);
    }
    assert.deepEqual(open, [], name);
    assert.match(duration, /^\d+[mh]$/);
    assert.match(summary, /\.$/);
    assert.match(description, /\.$/);
    assert.ok(page.includes(`| \`${name}\` |`), `docs/observability.md does not mention ${name}`);
  }
});
