import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The API of a bank beside the registration API, as settings declare it. Its scopes: `bank:accounts.*:read`, `bank:transactions:read`. */
export const accountsApi = (endpoint = 'https://localhost:1') => ({
  name: 'CDRAccountsAPI',
  version: '1.0',
  context: '/cds-au/{version}',
  definition: fileURLToPath(new URL('accounts.openapi.yaml', import.meta.url)),
  endpoint,
  regulatory: true,
});

/** The operations of the accounts API that take a token. */
export const ofAccounts = [
  '/banking/accounts',
  '/banking/accounts/{accountId}',
  '/banking/accounts/{accountId}/transactions',
];

/** The bank's service behind the API: it answers 200 to every call. */
export interface AccountService {
  readonly url: string;
  close(): void;
}

/** Starts the service. @param pki the directory of the environment's certificates. */
export async function startAccountService(pki: string): Promise<AccountService> {
  const [cert, key] = await Promise.all(['pem', 'key'].map((suffix) => readFile(join(pki, `dcr-service.${suffix}`))));
  const server = createServer({ cert, key }, (request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ asked: request.url })),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
