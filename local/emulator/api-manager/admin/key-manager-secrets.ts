import { isSecret } from '../connectors/key-manager-types.ts';
import type { Encryption } from '../encryption.ts';
import type { KeyManager } from './key-manager-object.ts';

/** How a secret reads back; sent back unchanged, it keeps the stored one. */
const MASK = '*****';

/** The key manager as it is stored: with its secrets encrypted, taken from `stored` where they came masked. */
export function sealed<T extends KeyManager>(keyManager: T, encryption: Encryption, stored?: KeyManager): T {
  return withSecrets(keyManager, (value, name) =>
    value === MASK ? stored?.additionalProperties[name] : encryption.seal(value),
  );
}

export const opened = <T extends KeyManager>(keyManager: T, encryption: Encryption): T =>
  withSecrets(keyManager, (value) => encryption.open(value));

export const masked = <T extends KeyManager>(keyManager: T): T => withSecrets(keyManager, () => MASK);

function withSecrets<T extends KeyManager>(keyManager: T, change: (value: string, name: string) => unknown): T {
  const properties = Object.entries(keyManager.additionalProperties).map(([name, value]) =>
    isSecret(name) && typeof value === 'string' && value !== '' ? [name, change(value, name)] : [name, value],
  );
  return { ...keyManager, additionalProperties: Object.fromEntries(properties) };
}
