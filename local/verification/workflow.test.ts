import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';

const source = readFileSync(new URL('../../.github/workflows/verify-wso2.yaml', import.meta.url), 'utf8');

test("the workflow is YAML, pins its actions and images, and asks WSO2's servers in pairs", () => {
  const { on, jobs, permissions } = parse(source, { uniqueKeys: true });
  assert.deepEqual(Object.keys(on), ['workflow_dispatch', 'schedule']);
  assert.deepEqual(permissions, { contents: 'read' });
  const { steps, strategy } = jobs.verify;
  for (const { uses } of steps) {
    if (uses !== undefined) assert.match(uses, /@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
  }
  const matrix: Record<string, string>[] = strategy.matrix.include;
  assert.ok(matrix.length > 1);
  for (const images of matrix) {
    assert.match(images['api-manager'] ?? '', /^4\.\d\.\d$/);
    assert.match(images['identity-server'] ?? '', /^\d\.\d\.\d$/);
  }
  const commands: string[] = steps.flatMap(({ run = '' }: { run?: string }) => run);
  const starts = commands.find((command) => command.includes('docker run')) ?? '';
  assert.match(starts, /\[encryption\]\\nkey = "%s"\\n' "\$\(openssl rand -hex 32\)"/);
  assert.match(starts, /wso2-config-volume\/repository\/conf/);
  assert.ok(
    commands.some(
      (command) =>
        command.includes('npm run verify:wso2') && command.includes('--record') && command.includes('--is-version'),
    ),
  );
});
