import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, serve } from '../wso2/testing/server.ts';
import { findGateway } from './recipient-gateway.ts';
import { registerCommand } from './register.ts';
import { requestFromTestRecipient } from './sample-recipient.ts';

const directory = mkdtempSync(join(tmpdir(), 'register-'));
test.after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const cert = file('recipient.pem', 'CERTIFICATE');
const key = file('recipient.key', 'KEY');
const ca = file('ca.pem', root.cert);
const outputs = file(
  'outputs.json',
  JSON.stringify({
    apiManager: { url: 'https://localhost:9443', gatewayUrl: 'https://localhost:8243' },
    identityServer: { url: 'https://localhost:9446', issuer: 'https://localhost:9446/oauth2/token' },
    dcrService: { url: 'https://localhost:8445' },
    recipient: { url: 'https://localhost:7181' },
    trust: { servers: root.cert, recipients: root.cert },
  }),
);
const client = { certificate: 'CERTIFICATE', key: 'KEY' };

test('a gateway is named by its address, with the CA of its certificate', async () => {
  assert.deepEqual(await findGateway({ gateway: 'https://localhost:8243/', ca, cert, key }), {
    gatewayUrl: 'https://localhost:8243',
    ca: root.cert,
    client,
  });
});

test("a stack's outputs contain gateway, trust and, in a throw-away stack, the test recipient", async () => {
  const { gatewayUrl, ca, recipient } = await findGateway({ outputs, cert, key });
  assert.deepEqual([gatewayUrl, ca], ['https://localhost:8243', root.cert]);
  assert.deepEqual(recipient, { url: 'https://localhost:7181', issuer: 'https://localhost:9446/oauth2/token' });
});

const faults: [string, Parameters<typeof findGateway>[0], RegExp][] = [
  ['a gateway without its CA', { gateway: 'https://localhost', cert, key }, /Missing: --ca/],
  ['a gateway and a stack', { gateway: 'https://localhost', ca, stack: 'dev', cert, key }, /leave out --stack/],
  ['a CA beside a stack', { outputs, ca, cert, key }, /--ca goes with --gateway/],
  ['a certificate without its key', { outputs, cert }, /--cert and --key go together/],
  ['nobody to be', { outputs }, /Missing: --cert and --key/],
  ['a context where there is no cluster', { outputs, cert, key, context: 'dev' }, /name no namespace/],
];
for (const [what, flags, message] of faults) {
  test(`${what} is refused before anything is sent`, async () => {
    await assert.rejects(findGateway(flags), { name: 'InvocationError', message });
  });
}

test('the test recipient signs a request for the given issuer; its other responses are passed on', async (t) => {
  const recipient = await serve(({ path, body }) =>
    path === '/registration-request' && body.toString() === '{"audience":"issuer"}'
      ? { body: 'a.signed.request' }
      : { status: 409, body: { message: 'product is not ACTIVE' } },
  );
  t.after(() => recipient.close());
  const access = { ca: root.cert };
  assert.equal(await requestFromTestRecipient({ url: recipient.url, issuer: 'issuer' }, access), 'a.signed.request');
  await assert.rejects(requestFromTestRecipient({ url: recipient.url, issuer: undefined }, access), {
    name: 'StepError',
    message: /409 .*not ACTIVE/,
  });
});

test('the help says what a request is, and shows how a stack, a context and a gateway are named', () => {
  const said: string[] = [];
  const writeOut = (text: string) => void said.push(text);
  registerCommand.configureOutput({ writeOut }).outputHelp();
  for (const taught of [/software statement/, /--stack dev --context dev/, /--gateway https/, /Exit codes: 0 /])
    assert.match(said.join(''), taught);
});
