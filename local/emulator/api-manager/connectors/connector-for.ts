import type { KeyManager } from '../admin/key-manager-object.ts';
import type { Connector, ConnectorNeeds } from './connector.ts';
import { obKeyManagerConnector } from './ob-key-manager.ts';
import { residentConnector } from './resident.ts';
import { wso2Is7Connector } from './wso2-is-7.ts';

/** The connector for a key manager whose secrets are in plain text. */
export function connectorFor(keyManager: KeyManager, needs: ConnectorNeeds): Connector {
  switch (keyManager.type) {
    case 'default':
      return residentConnector(needs);
    case 'WSO2-IS-7':
      return wso2Is7Connector(keyManager, needs.outbound);
    case 'ObKeyManager':
      return obKeyManagerConnector(keyManager, needs);
    default:
      return notEmulated(keyManager);
  }
}

function notEmulated({ name, type }: KeyManager): Connector {
  const refuse = () =>
    Promise.reject(new Error(`The emulator has no connector for ${type}, the type of the key manager ${name}.`));
  return {
    hasScope: refuse,
    registerScope: refuse,
    createClient: refuse,
    findClient: refuse,
    removeClient: refuse,
    issueToken: refuse,
  };
}
