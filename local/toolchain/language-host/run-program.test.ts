import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import messages from '@pulumi/pulumi/proto/language_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { requiredPackages } from './required-packages.ts';
import { programEnd, programStart } from './run-program.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function request(options: Record<string, struct.JavaScriptValue>) {
  const info = new messages.ProgramInfo()
    .setRootDirectory(root)
    .setProgramDirectory(root)
    .setEntryPoint('programs')
    .setOptions(struct.Struct.fromJavaScript(options));
  const run = new messages.RunRequest()
    .setInfo(info)
    .setPwd(root)
    .setProject('cdr-stack')
    .setStack('local')
    .setMonitorAddress('127.0.0.1:1')
    .setParallel(16)
    .setDryrun(true)
    .setConfigsecretkeysList(['cdr-stack:adminPassword']);
  run.getConfigMap().set('cdr-stack:adminPassword', 'hush').set('kubernetes:context', 'cdr-stack');
  return run;
}

test("a program runs by Pulumi's own runner, with the address of the engine", () => {
  const { args, directory } = programStart(request({ nodeargs: '--enable-source-maps' }), '127.0.0.1:2');
  const line = args.join(' ');
  assert.equal(directory, root);
  assert.match(
    line,
    /^--enable-source-maps \S+@pulumi\/pulumi\/cmd\/run\/index\.js --monitor 127\.0\.0\.1:1 --engine 127\.0\.0\.1:2 /,
  );
  assert.match(line, /--stack local .*--parallel 16 --dry-run programs$/);
});

test('configuration reaches the program in its environment, not on a command line', () => {
  const { args, env } = programStart(request({ typescript: false }), '127.0.0.1:2');
  assert.deepEqual(JSON.parse(env.PULUMI_CONFIG ?? ''), {
    'cdr-stack:config:adminPassword': 'hush',
    'kubernetes:config:context': 'cdr-stack',
  });
  assert.deepEqual(JSON.parse(env.PULUMI_CONFIG_SECRET_KEYS ?? ''), ['cdr-stack:config:adminPassword']);
  assert.equal(env.PULUMI_NODEJS_TYPESCRIPT, 'false');
  assert.ok(!args.join(' ').includes('hush'));
});

test('an error that the program has printed is not printed again', () => {
  assert.deepEqual(programEnd(0, null), { error: '', bail: false });
  assert.deepEqual(programEnd(32, null), { error: '', bail: true });
  assert.match(programEnd(1, null).error, /exit code 1/);
  assert.match(programEnd(null, 'SIGKILL').error, /SIGKILL/);
});

test('the Kubernetes provider is required because its npm package is installed', async () => {
  assert.deepEqual(await requiredPackages(root), [{ name: 'kubernetes', version: 'v4.25.0' }]);
});
