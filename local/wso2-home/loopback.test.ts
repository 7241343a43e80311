import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from 'smol-toml';
import { onLoopback } from './loopback.ts';

const toml = stringify({
  server: { offset: 10 },
  transport: { https: { properties: { proxyPort: 443 }, sslHostConfig: { properties: { protocols: 'TLSv1.3' } } } },
});

// The parser's tables have no prototype.
const read = (text: string) => JSON.parse(JSON.stringify(parse(text)));

test('listeners are bound to loopback, and what else the tables say stays', () => {
  assert.deepEqual(read(onLoopback(toml, { product: 'Identity Server' })), {
    ...read(toml),
    transport: {
      https: {
        properties: { proxyPort: 443, address: '127.0.0.1' },
        sslHostConfig: { properties: { protocols: 'TLSv1.3' } },
      },
    },
  });
  const { transport, keystore } = read(onLoopback(toml, { product: 'API Manager' }));
  assert.equal(transport.passthru_https.listener.parameters['bind-address'], '127.0.0.1');
  assert.deepEqual(keystore, { listener_profile: { bind_address: '127.0.0.1' } });
});
