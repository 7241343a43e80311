import { randomBytes } from 'node:crypto';
import type { OAuthClient } from '../store.ts';
import type { Connector, ConnectorNeeds, KeyManagerClient } from './connector.ts';

/** The key manager inside API Manager itself: its clients are rows of the server's own database. */
export function residentConnector({ store, issueResidentToken }: ConnectorNeeds): Connector {
  return {
    // Scopes of APIs are in the same database already.
    registerScope: async () => {},
    async createClient({ name, grantTypes, callbackUrl, owner }) {
      const client: OAuthClient = {
        clientId: randomBytes(14).toString('base64url'),
        clientSecret: randomBytes(21).toString('base64url'),
        clientName: name,
        callbackUrl,
        grantTypes,
        owner,
      };
      store.residentClients.put(client.clientId, client);
      return shown(client);
    },
    async findClient(consumerKey) {
      const client =
        store.residentClients.get(consumerKey) ??
        store.restClients.list().find(({ clientId }) => clientId === consumerKey);
      return client === undefined ? undefined : shown(client);
    },
    async removeClient(consumerKey) {
      store.residentClients.remove(consumerKey);
    },
    issueToken: ({ consumerKey }) => issueResidentToken(consumerKey),
  };
}

const shown = (client: OAuthClient): KeyManagerClient => ({
  consumerKey: client.clientId,
  consumerSecret: client.clientSecret,
  grantTypes: client.grantTypes,
  callbackUrl: client.callbackUrl,
});
