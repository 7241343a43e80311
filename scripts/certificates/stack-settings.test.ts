import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../programs/testing/temporary-directory.ts';
import { openStackSettings } from './stack-settings.ts';

const projectFile = `name: cdr-stack
config:
  certificates: { type: string, default: given }
  names: { type: array, default: [] }
  empty: { type: string, default: "" }
`;

/** A project, and an executable that prints what Pulumi 3.215 prints and notes what it was given. */
function sample(config: object) {
  const project = temporaryDirectory();
  const [file, answer, given] = [join(project, 'pulumi'), join(project, 'answer'), join(project, 'given')];
  writeFileSync(join(project, 'Pulumi.yaml'), projectFile);
  writeFileSync(answer, JSON.stringify(config));
  const script = `#!/bin/sh
case "$1 $2" in
  'stack --show-name') echo selected ;;
  'config --json') cat ${answer} ;;
  'config set') { echo "$*"; cat; } > ${given} ;;
esac
`;
  writeFileSync(file, script, { mode: 0o755 });
  return { project, file, given, variables: { PATH: process.env.PATH, CDR_STACK_PULUMI: file } };
}

test("a setting is the stack's, else Pulumi.yaml's default; what is empty is not set", async () => {
  const { project, variables } = sample({
    'cdr-stack:storePassword': { value: 'of the stack', secret: true },
    'other:certificates': { value: 'of another project', secret: false },
    'cdr-stack-certificates:authority': { value: 'the CA', secret: true },
  });
  const settings = await openStackSettings({ project, variables });
  assert.equal(settings.stack, 'selected');
  assert.equal(settings.trustDirectory, join(project, 'stacks/selected/trust'));
  const qualified = await openStackSettings({ project, variables, stack: 'organization/cdr-stack/dev' });
  assert.equal(qualified.trustDirectory, join(project, 'stacks/dev/trust'));
  const keys = ['storePassword', 'certificates', 'names', 'empty', 'unknown', 'cdr-stack-certificates:authority'];
  assert.deepEqual(
    keys.map((key) => settings.get(key)),
    ['of the stack', 'given', '[]', undefined, undefined, 'the CA'],
  );
});

test('a value goes to Pulumi by its standard input, never as an argument, and is what is read from then on', async () => {
  const { project, variables, given } = sample({});
  const settings = await openStackSettings({ stack: 'dev', project, variables });
  await settings.set('dcrServiceKey', 'line one\nline two\n', 'secret');
  assert.equal(
    readFileSync(given, 'utf8'),
    'config set cdr-stack:dcrServiceKey --secret --non-interactive --stack dev\nline one\nline two\n',
  );
  assert.equal(settings.get('dcrServiceKey'), 'line one\nline two\n');
  await settings.set('dcrServiceCertificate', 'PEM', 'plain');
  assert.match(readFileSync(given, 'utf8'), /^config set cdr-stack:dcrServiceCertificate --plaintext .*\nPEM$/);
});

test('a stack that lacks settings of which Pulumi must know is refused with their names', async () => {
  const { project, file, variables } = sample({});
  const said = "error: Stack 'dev' is missing configuration values 'dcrServiceImage' and 'encryptionKey'";
  writeFileSync(file, `#!/bin/sh\necho "${said}" >&2\nexit 255\n`);
  await assert.rejects(openStackSettings({ stack: 'dev', project, variables }), {
    name: 'InvocationError',
    message: /^Stack 'dev' is missing .*'encryptionKey': set them/,
  });
});
