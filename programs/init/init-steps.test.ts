import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

const apiTemplateScript = fileURLToPath(new URL('api-template.sh', import.meta.url));
const listenerProfileScript = fileURLToPath(new URL('listener-profile.sh', import.meta.url));

const failureSequencesScript = fileURLToPath(new URL('failure-sequences.sh', import.meta.url));
const goneClientScript = fileURLToPath(new URL('gone-client.sh', import.meta.url));
const standIns = fileURLToPath(
  new URL(
    '../../local/emulator/api-manager/home/repository/deployment/server/synapse-configs/default/sequences',
    import.meta.url,
  ),
);

const stop = fileURLToPath(new URL('stop.sh', import.meta.url));

const apiTemplate = `<api name="$!apiName">
    <handlers xmlns="http://ws.apache.org/ns/synapse">
#foreach( $handler in $handlers )
        <handler class="$handler.className"/>
#end
    </handlers>
</api>
`;

const listenerProfile = `<parameter name="profile">
    <KeyStore><Location>repository/resources/security/{{keystore.tls.file_name}}</Location></KeyStore>
    <TrustStore>
        <Location>repository/resources/security/{{truststore.file_name}}</Location>
        <Type>{{truststore.type}}</Type>
    </TrustStore>
</parameter>
`;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cdr-init-'));
});
after(() => rm(folder, { recursive: true }));

async function fileWith(content: string): Promise<string> {
  const file = join(folder, 'template');
  await writeFile(file, content);
  return file;
}

/** A home whose server is a shell that needs a while to end, and whose `stop` does not wait for it. */
async function homeOfSlowServer(): Promise<string> {
  const home = await mkdtemp(join(folder, 'home-'));
  await mkdir(join(home, 'bin'));
  await writeFile(join(home, 'bin', 'server.sh'), `kill -TERM "$(cat "${home}/wso2carbon.pid")"\n`);
  return home;
}

const run = $({ quiet: true, nothrow: true });

test("sequences of failures keep the certificate back and challenge by the error's code, once", async () => {
  const sequences = await mkdtemp(join(folder, 'sequences-'));
  await cp(standIns, sequences, { recursive: true });
  for (const _ of [1, 2]) assert.equal((await run`sh ${failureSequencesScript} ${sequences}`).exitCode, 0);
  for (const name of ['_auth_failure_handler_', 'main', 'fault']) {
    const text = await readFile(join(sequences, `${name}.xml`), 'utf8');
    assert.equal(text.match(/name="X-WSO2-CLIENT-CERTIFICATE" scope="transport" action="remove"/g)?.length, 1, name);
    assert.equal(
      text.match(/error=&quot;invalid_token&quot;/g)?.length ?? 0,
      name === '_auth_failure_handler_' ? 1 : 0,
    );
  }
});

test('the sequence of refusals asks dcr-service about a client that may be gone, while it has the token, once', async () => {
  const sequences = await mkdtemp(join(folder, 'sequences-'));
  await cp(standIns, sequences, { recursive: true });
  const url = 'https://dcr-service:8443';
  for (const _ of [1, 2]) assert.equal((await run`sh ${goneClientScript} ${sequences} ${url}`).exitCode, 0);
  const text = await readFile(join(sequences, '_auth_failure_handler_.xml'), 'utf8');
  assert.deepEqual(text.match(/uri-template="[^"]*"/g), [`uri-template="${url}/recipient-gone"`]);
  assert.ok(text.indexOf('<call blocking="true">') < text.indexOf('name="Authorization"'));
  const other = await run`sh ${goneClientScript} ${sequences} https://elsewhere`;
  assert.equal(other.exitCode, 1);
  assert.match(other.stderr, /no question to another dcr-service/);
});

test('sequences that are not known stay as they are, and the step fails', async () => {
  const sequences = await mkdtemp(join(folder, 'sequences-'));
  const file = join(sequences, '_auth_failure_handler_.xml');
  await writeFile(file, '<sequence name="_auth_failure_handler_"/>\n');
  const { exitCode, stderr } = await run`sh ${failureSequencesScript} ${sequences}`;
  assert.equal(exitCode, 1);
  assert.match(stderr, /found it 0 times/);
  assert.equal(await readFile(file, 'utf8'), '<sequence name="_auth_failure_handler_"/>\n');
});

test('the certificate handler becomes the first handler of the API template, once', async () => {
  const file = await fileWith(apiTemplate);
  for (const _ of [1, 2]) assert.equal((await run`sh ${apiTemplateScript} ${file}`).exitCode, 0);
  const lines = (await readFile(file, 'utf8')).split('\n');
  const handlers = lines.flatMap((line, index) => (line.includes('MutualSSLCertificateHandler') ? [index] : []));
  assert.deepEqual(handlers, [2]);
  assert.match(lines[1] ?? '', /<handlers xmlns=/);
  assert.equal(lines.length, apiTemplate.split('\n').length + 1);
});

test('an API template that is not as WSO2 ships it is refused and left alone', async () => {
  for (const content of [apiTemplate.replace('<handlers ', '<handler-list '), apiTemplate + apiTemplate]) {
    const file = await fileWith(content);
    const answer = await run`sh ${apiTemplateScript} ${file}`;
    assert.equal(answer.exitCode, 1);
    assert.match(answer.stderr, /exactly once .* found it [02] times/);
    assert.equal(await readFile(file, 'utf8'), content);
  }
});

test("recipients' store takes the place of the listener profile's truststore, once", async () => {
  const file = await fileWith(listenerProfile);
  for (const _ of [1, 2]) assert.equal((await run`sh ${listenerProfileScript} ${file} recipients.jks`).exitCode, 0);
  const profile = await readFile(file, 'utf8');
  assert.equal(profile.match(/<TrustStore>/g)?.length, 1);
  assert.match(profile, /<Location>repository\/resources\/security\/recipients\.jks<\/Location>/);
  assert.doesNotMatch(profile, /truststore\.file_name/);
  assert.match(profile, /keystore\.tls\.file_name/);
});

test('a listener profile without its one truststore is refused and left alone', async () => {
  const content = listenerProfile.replaceAll('TrustStore', 'Trust');
  const file = await fileWith(content);
  const answer = await run`sh ${listenerProfileScript} ${file} recipients.jks`;
  assert.equal(answer.exitCode, 1);
  assert.match(answer.stderr, /expected one <TrustStore> element/);
  assert.equal(await readFile(file, 'utf8'), content);
});

test('the hook stops a server and waits until it has finished its work and ended', async () => {
  const home = await homeOfSlowServer();
  const server = spawn('sh', [
    '-c',
    `trap 'sleep 1; echo done > ${home}/last; exit' TERM; echo $$ > ${home}/wso2carbon.pid; while :; do sleep 0.1; done`,
  ]);
  const ended = once(server, 'exit');
  const began = Date.now();
  // Called before the server has said who it is, as for a pod that is ended while it starts.
  const { exitCode, stderr } = await run({
    timeout: '20s',
    env: { ...process.env, WSO2_SERVER_HOME: home },
  })`sh ${stop} server.sh 0`;
  assert.equal(exitCode, 0, stderr);
  assert.ok(Date.now() - began >= 1_000);
  assert.equal(await readFile(join(home, 'last'), 'utf8'), 'done\n');
  await ended;
});
