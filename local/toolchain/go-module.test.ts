import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { downloadModule } from './go-module.ts';

let directory: string;
const path = process.env.PATH;
const wanted = { path: 'example.com/schemas', version: 'v1.2.3', sum: 'h1:right=' };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdr-go-module-'));
  process.env.PATH = [directory, path].join(delimiter);
});

afterEach(async () => {
  process.env.PATH = path;
  await rm(directory, { recursive: true });
});

/** A go command that stands in for the one that downloads. */
async function installGo(answer: object, exitCode = 0): Promise<void> {
  const script = `#!/bin/sh
if [ "$1" = version ]; then echo "go version go1.99.0 linux/amd64"; exit; fi
[ "$*" = "mod download -json example.com/schemas@v1.2.3" ] || exit 9
echo '${JSON.stringify(answer)}'
exit ${exitCode}
`;
  await writeFile(join(directory, 'go'), script);
  await chmod(join(directory, 'go'), 0o755);
}

test('a module that is what is pinned is had as a directory', async () => {
  await installGo({ Path: wanted.path, Dir: '/modules/schemas', Sum: wanted.sum });
  assert.equal(await downloadModule(wanted), '/modules/schemas');
});

test('a module with another checksum is refused, with both', async () => {
  await installGo({ Path: wanted.path, Dir: '/modules/schemas', Sum: 'h1:wrong=' });
  await assert.rejects(
    downloadModule(wanted),
    /schemas@v1\.2\.3 is not what is pinned: it has h1:wrong=, .* h1:right=/,
  );
});

test('the error has what Go prints about a module that it cannot download', async () => {
  await installGo({ Path: wanted.path, Error: 'no matching versions' }, 1);
  await assert.rejects(downloadModule(wanted), /cannot download example\.com\/schemas@v1\.2\.3: no matching versions/);
});
