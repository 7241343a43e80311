import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { LanguageRuntimeClient } from '@pulumi/pulumi/proto/language_grpc_pb.js';
import messages, {
  type AboutResponse,
  type GetRequiredPackagesResponse,
  type RunResponse,
} from '@pulumi/pulumi/proto/language_pb.js';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
let host: ChildProcess;
let client: LanguageRuntimeClient;

before(async () => {
  // As the engine starts it: its own flags first, then its address.
  host = spawn(process.execPath, [main, `-root=${root}`, '127.0.0.1:1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(host.stdout);
  const [port] = await once(createInterface({ input: host.stdout }), 'line');
  client = new LanguageRuntimeClient(`127.0.0.1:${port}`, credentials.createInsecure());
});

after(async () => {
  client.close();
  host.kill();
  await once(host, 'exit');
});

type Done<Response> = (error: Error | null, response: Response) => void;

function answerOf<Response>(call: (done: Done<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => call((error, response) => (error ? reject(error) : resolve(response))));
}

test('the engine finds the host by the port that it prints, and learns which Node runs programs', async () => {
  const answer = await answerOf((done: Done<AboutResponse>) => client.about(new messages.AboutRequest(), done));
  assert.equal(answer.getVersion(), process.version);
});

test('the engine learns which providers a program needs', async () => {
  const request = new messages.GetRequiredPackagesRequest().setInfo(
    new messages.ProgramInfo().setProgramDirectory(root),
  );
  const answer = await answerOf((done: Done<GetRequiredPackagesResponse>) => client.getRequiredPackages(request, done));
  const packages = answer.getPackagesList().map((each) => `${each.getKind()} ${each.getName()} ${each.getVersion()}`);
  assert.deepEqual(packages, ['resource kubernetes v4.25.0']);
});

test('a program that cannot be found is an error to the engine, not the end of the host', async () => {
  const request = new messages.RunRequest().setInfo(new messages.ProgramInfo().setProgramDirectory('/nowhere'));
  await assert.rejects(
    answerOf((done: Done<RunResponse>) => client.run(request, done)),
    /Cannot find module '@pulumi\/pulumi\/cmd\/run'/,
  );
  assert.equal(host.exitCode, null);
});
