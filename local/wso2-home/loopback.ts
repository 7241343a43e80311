import { parse, stringify, type TomlTable } from 'smol-toml';
import { isAtLeast } from '../../programs/deployment-toml/stores.ts';
import type { ProductHome, ProductName } from './product-home.ts';

const address = '127.0.0.1';

/** Bound where there is a key, closed where nobody here calls; the rest has neither. API Manager 4.2 cannot close its WebSockets. */
const tables: Record<ProductName, (portOffset: number, version: string) => TomlTable> = {
  'Identity Server': () => ({
    transport: { https: { properties: { address } }, http: { properties: { address } } },
  }),
  'API Manager': (portOffset, version) => {
    // Bound to loopback alone, the broker is not found where API Manager looks for it by default.
    const broker = `tcp://localhost:${5672 + portOffset}`;
    return {
      transport: {
        https: { properties: { address } },
        http: { properties: { address } },
        passthru_http: { listener: { parameters: { 'bind-address': address } } },
        passthru_https: { listener: { parameters: { 'bind-address': address } } },
      },
      // The profile of a listener is found by the address that it is bound to.
      keystore: { listener_profile: { bind_address: address } },
      broker: { transport: { amqp: { bind_address: address, ssl_connection: { enabled: false } } } },
      apim: {
        event_hub: { event_listening_endpoints: [broker] },
        throttling: { throttle_decision_endpoints: [broker] },
        ...(isAtLeast(version, '4.5.0') && { ws: { enable: false }, wss: { enable: false } }),
      },
      monitoring: { jmx: { rmi_server_start: false } },
    };
  },
};

/** A server's deployment.toml with its listeners on loopback, where a key binds them: this machine's network has no business with them. */
export function onLoopback(toml: string, server: Pick<ProductHome, 'product' | 'version'>, portOffset: number): string {
  return stringify(merged(parse(toml), tables[server.product](portOffset, server.version)));
}

function merged(table: TomlTable, more: TomlTable): TomlTable {
  const entries = Object.entries(more).map(([name, value]) => {
    const present = table[name];
    return [name, isTable(present) && isTable(value) ? merged(present, value) : value];
  });
  return { ...table, ...Object.fromEntries(entries) };
}

const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
