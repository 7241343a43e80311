import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiManager, connectApiManager } from '@cdr-stack/wso2';
import { openFileLedger } from '../../scripts/ledger.ts';
import type { ProvisionOptions } from '../../scripts/provisioning.ts';
import type { Environment } from './environment.ts';
import { administrator, apiManagerAdministrator, serviceUsersOf } from './secrets.ts';

/** How this environment is provisioned: with its outputs, its generated credentials and a probe of its own recipient. */
export async function provisioningOf({
  state,
  secrets,
  outputs,
}: Pick<Environment, 'state' | 'secrets' | 'outputs'>): Promise<ProvisionOptions> {
  const [certificate, key] = await Promise.all([
    readFile(join(state.pki, 'recipient.pem'), 'utf8'),
    readFile(join(state.pki, 'recipient.key'), 'utf8'),
  ]);
  return {
    outputs,
    credentials: {
      apiManager: apiManagerAdministrator(secrets),
      connector: { username: administrator, password: secrets.identityServerPassword },
      serviceUsers: serviceUsersOf(secrets),
    },
    ledger: openFileLedger(state.ledger),
    probe: { certificate, key },
  };
}

/** API Manager as a person with the same accounts would call it, in a browser say. */
export function apiManagerByHand({
  outputs,
  credentials,
}: Pick<ProvisionOptions, 'outputs' | 'credentials'>): ApiManager {
  const { apiManager, serviceUsers } = credentials;
  const server = connectApiManager({ url: outputs.apiManager.url, ca: outputs.trust.servers }, apiManager);
  if (serviceUsers) server.speakAs({ publisher: serviceUsers.publisher, devportal: serviceUsers.subscriber });
  return server;
}
