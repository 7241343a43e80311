import type { Connector, ConnectorNeeds } from '../connectors/connector.ts';
import { connectorFor } from '../connectors/connector-for.ts';
import type { Encryption } from '../encryption.ts';
import type { Events } from '../events.ts';
import type { Propagation } from '../propagation.ts';
import type { Quirks } from '../quirks.ts';
import type { KeyManager } from './key-manager-object.ts';
import { opened } from './key-manager-secrets.ts';

/** The key managers in memory, which the server works with; what the REST API writes reaches them only after a while. */
export interface KeyManagerHolder {
  /** With secrets in plain text. */
  held(): KeyManager[];
  /** The connector of an enabled key manager that is held. */
  connector(name: string): Connector | undefined;
  announce(id: string, name: string): void;
}

interface Needs extends ConnectorNeeds {
  encryption: Encryption;
  events: Events;
  propagation: Propagation;
  quirks: Quirks;
}

export function loadKeyManagers(needs: Needs): KeyManagerHolder {
  const { store, encryption, events, propagation, quirks } = needs;
  const held = new Map(store.keyManagers.list().map((stored) => [stored.name, opened(stored, encryption)]));
  events.on('keyManager', ({ id, name }) => {
    propagation.after(quirks.keyManagerDelayMs, () => {
      const stored = store.keyManagers.get(id);
      if (stored === undefined) held.delete(name);
      else held.set(name, opened(stored, encryption));
    });
  });
  return {
    held: () => [...held.values()],
    connector(name) {
      const keyManager = held.get(name);
      return keyManager?.enabled ? connectorFor(keyManager, needs) : undefined;
    },
    announce: (id, name) => events.publish({ kind: 'keyManager', id, name }),
  };
}
