import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { RESIDENT } from '../admin/resident-key-manager.ts';
import { refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { devportal } from '../scopes.ts';
import type { Application, KeyMapping } from '../store.ts';
import { requireApplication } from './applications.ts';
import {
  firstToken,
  KeyType,
  requireBody,
  requireConnector,
  requireKeyManager,
  requireNoMapping,
  shownKey,
  withClient,
} from './key-rules.ts';

const Generation = z.looseObject({
  keyType: KeyType,
  keyManager: z.string().default(RESIDENT),
  grantTypesToBeSupported: z.array(z.string()),
  callbackUrl: z.string().default(''),
});

/** Keys that a key manager makes for an application: a new client, and its first token. */
export function keyGeneration(app: FastifyInstance, instance: Instance): void {
  const { store, quirks, logger } = instance;

  app.post(`${devportal}/applications/:applicationId/generate-keys`, async (request) => {
    const application = requireApplication(store, request);
    const { keyType, callbackUrl, ...sent } = requireBody(Generation, request);
    const { name: keyManager, ...abilities } = requireKeyManager(store, sent.keyManager);
    if (!abilities.enableOAuthAppCreation) throw refusal('noClientCreation');
    requireNoMapping(store, application, { keyManager, keyType });

    // The row is written before the key manager is asked, and a failure leaves it there: every retry is then a 409.
    const row: KeyMapping = {
      keyMappingId: randomUUID(),
      applicationId: application.applicationId,
      keyManager,
      keyType,
      mode: 'CREATED',
      grantTypes: sent.grantTypesToBeSupported,
      callbackUrl,
    };
    store.keyMappings.put(row.keyMappingId, row);
    const { connector, client } = await clientFor(row, application).catch((error: Error) => {
      if (!quirks.leaksKeyMappings) store.keyMappings.remove(row.keyMappingId);
      throw error;
    });
    const complete = withClient(row, client);
    store.keyMappings.put(complete.keyMappingId, complete);

    const wantsToken = abilities.enableTokenGeneration && client.grantTypes.includes('client_credentials');
    return shownKey(complete, wantsToken ? await firstToken(connector, client, logger) : undefined);
  });

  async function clientFor(row: KeyMapping, application: Application) {
    const { keyManager, keyType, callbackUrl } = row;
    const connector = requireConnector(instance, keyManager);
    const client = await connector
      .createClient({
        name: `${application.owner}_${application.applicationId}_${keyType}`,
        displayName: application.name,
        grantTypes: row.grantTypes,
        callbackUrl,
        owner: application.owner,
      })
      .catch((error: Error) => {
        logger.error(`${keyManager} made no client for ${application.name}: ${error.message}`);
        // What the product says of a key manager that it cannot reach; it misleads.
        throw refusal('keyMappingExists', application.name, '');
      });
    return { connector, client };
  }
}
