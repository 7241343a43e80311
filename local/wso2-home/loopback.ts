import { parse, stringify, type TomlTable } from 'smol-toml';
import { merged } from '../../programs/deployment-toml/merge.ts';
import type { ProductHome, ProductName } from './product-home.ts';

const address = '127.0.0.1';

/** Where the baseline leaves a listener open, it is bound. */
const tables: Record<ProductName, TomlTable> = {
  'Identity Server': { transport: { https: { properties: { address } } } },
  'API Manager': {
    transport: {
      https: { properties: { address } },
      passthru_https: { listener: { parameters: { 'bind-address': address } } },
    },
    // The profile of a listener is found by the address that it is bound to.
    keystore: { listener_profile: { bind_address: address } },
  },
};

/** A server's deployment.toml with its listeners on loopback, where a key binds them: this machine's network has no business with them. */
export function onLoopback(toml: string, { product }: Pick<ProductHome, 'product'>): string {
  return stringify(merged(parse(toml), tables[product]));
}
