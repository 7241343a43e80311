import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOutputs } from './outputs.ts';
import { sampleCertificates } from './testing/sample-certificates.ts';

const outputs = {
  apiManager: { url: 'https://apim.example:9443/', gatewayUrl: 'https://apim.example:8243' },
  identityServer: { url: 'https://is.example:9443' },
  dcrService: { url: 'https://dcr.example:8443' },
  trust: { servers: sampleCertificates.platform, recipients: sampleCertificates.cdrRoot },
};

test('outputs are read with URLs that end alike', () => {
  assert.equal(parseOutputs(outputs).apiManager.url, 'https://apim.example:9443');
});

test('everything that is missing, unknown or malformed is reported at once, by its path', () => {
  const { dcrService: _, ...others } = outputs;
  assert.throws(() => parseOutputs({ ...others, apiManager: { ...outputs.apiManager, url: 'http://apim' } }), {
    message:
      /^The stack's outputs are not as programs\/outputs\.ts declares them:\n {2}apiManager\.url: must be an https:\/\/ URL\n {2}dcrService: /,
  });
  assert.throws(() => parseOutputs(undefined), { message: /\n {2}outputs: / });
});
