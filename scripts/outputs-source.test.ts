import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { type OutputsFlags, readOutputs } from './outputs-source.ts';

const directory = temporaryDirectory();
function file(name: string, content: string): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

const pem = '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n';
const ca = file('ca.pem', pem);
const servers = { apim: 'https://apim.example:9444', is: 'https://is.example/', endpoint: 'https://dcr.example', ca };

test('servers that somebody has are named by flags, their gateway follows from the product’s own ports', async () => {
  const { outputs } = await readOutputs(servers);
  assert.equal(outputs.apiManager.gatewayUrl, 'https://apim.example:8244');
  assert.equal(outputs.identityServer.url, 'https://is.example');
  assert.equal(outputs.trust.recipients, pem);
});

test('two addresses are enough: the endpoint behind the gateway is then not declared, and the CAs of the system are trusted', async () => {
  const { outputs } = await readOutputs({ apim: servers.apim, is: servers.is });
  assert.equal(outputs.dcrService, undefined);
  assert.deepEqual(outputs.trust, { servers: '', recipients: '' });
});

test('a gateway elsewhere is named', async () => {
  const { outputs } = await readOutputs({ ...servers, gateway: 'https://gw.example' });
  assert.equal(outputs.apiManager.gatewayUrl, 'https://gw.example');
});

const wrong: [string, OutputsFlags, RegExp][] = [
  ['one server only', { apim: 'https://apim.example' }, /Missing: --is /],
  ['an address without https', { ...servers, apim: 'http://apim.example' }, /apiManager\.url: must be an https/],
  [
    'a flag beside the file that says it',
    { outputs: file('whole.json', '{}'), endpoint: 'https://dcr.example' },
    /^--endpoint beside --outputs: the file says it already/,
  ],
  ['a file that is not JSON', { outputs: file('broken.json', '{') }, /broken\.json is not JSON/],
  ['a file that says too little', { outputs: file('empty.json', '{}') }, /dcrService/],
  ['a CA file that does not exist', { ...servers, ca: join(directory, 'none.pem') }, /there is no such file/],
];

for (const [what, flags, says] of wrong) {
  test(`${what} is a wrong invocation that says what to do`, async () => {
    await assert.rejects(readOutputs(flags), { name: 'InvocationError', message: says });
  });
}
