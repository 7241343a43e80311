import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from 'smol-toml';
import { onLoopback } from './loopback.ts';

const toml = stringify({
  server: { offset: 10 },
  transport: { https: { properties: { proxyPort: 443 }, sslHostConfig: { properties: { protocols: 'TLSv1.3' } } } },
  apim: { gateway: { environment: [{ name: 'Default' }] } },
});

// The parser's tables have no prototype.
const read = (text: string) => JSON.parse(JSON.stringify(parse(text)));

test('listeners are bound to loopback, and what else the tables say stays', () => {
  assert.deepEqual(read(onLoopback(toml, { product: 'Identity Server', version: '7.1.0' }, 10)), {
    ...read(toml),
    transport: {
      https: {
        properties: { proxyPort: 443, address: '127.0.0.1' },
        sslHostConfig: { properties: { protocols: 'TLSv1.3' } },
      },
      http: { properties: { address: '127.0.0.1' } },
    },
  });
});

test("API Manager looks for its broker where that is bound, on this server's port", () => {
  const { apim, broker } = read(onLoopback(toml, { product: 'API Manager', version: '4.6.0' }, 10)) as {
    apim: Record<string, unknown>;
    broker: unknown;
  };
  assert.deepEqual(apim.event_hub, { event_listening_endpoints: ['tcp://localhost:5682'] });
  assert.deepEqual(apim.throttling, { throttle_decision_endpoints: ['tcp://localhost:5682'] });
  assert.deepEqual(apim.gateway, { environment: [{ name: 'Default' }] });
  assert.deepEqual(broker, { transport: { amqp: { bind_address: '127.0.0.1', ssl_connection: { enabled: false } } } });
});
