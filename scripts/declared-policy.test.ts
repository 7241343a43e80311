import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { declarePolicy } from './declared-policy.ts';

const directory = temporaryDirectory();

for (const version of ['1.0.0', 'v1.0', 'v0', 'v', '1', 'v99999999']) {
  test(`a policy of version ${version} is refused: the next version could not be counted`, () => {
    const specification = join(directory, 'policy.yaml');
    const definition = join(directory, 'policy.xml');
    writeFileSync(
      specification,
      `{type: operation_policy_specification, version: v4.2.0, data: {name: one, version: '${version}', description: of the test}}`,
    );
    writeFileSync(definition, '<log level="full"/>');
    assert.throws(() => declarePolicy({ specification, definition }), {
      name: 'InvocationError',
      message: /policy\.yaml.*must be v and a whole number, such as v1.*data\.version/s,
    });
  });
}
