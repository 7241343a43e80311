import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { RESIDENT } from '../admin/resident-key-manager.ts';
import { badRequest, serverError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { devportal } from '../scopes.ts';
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

const Mapping = z.looseObject({
  consumerKey: z.string(),
  consumerSecret: z.string().optional(),
  keyManager: z.string().default(RESIDENT),
  keyType: KeyType,
});

/** Keys that a key manager has already, made known as an application's. */
export function keyMapping(app: FastifyInstance, instance: Instance): void {
  const { store, logger } = instance;

  app.post(`${devportal}/applications/:applicationId/map-keys`, async (request) => {
    const application = requireApplication(store, request);
    const { consumerKey, consumerSecret, keyType, ...sent } = requireBody(Mapping, request);
    const { name: keyManager, ...abilities } = requireKeyManager(store, sent.keyManager);
    if (!abilities.enableMapOAuthConsumerApps) {
      throw badRequest(`Key Manager ${keyManager} doesn't support mapping of OAuth applications`);
    }
    requireNoMapping(store, application, { keyManager, keyType, consumerKey });
    const connector = requireConnector(instance, keyManager);
    const client = await connector.findClient(consumerKey).catch((error: Error) => {
      logger.error(`${keyManager} does not show the client ${consumerKey}: ${error.message}`);
      return undefined;
    });
    if (client === undefined) {
      throw serverError(`Some thing went wrong while getting OAuth application for given consumer key ${consumerKey}`);
    }
    // Connectors for Identity Server compare the secret with their own, and fail without one (WSO2IS7KeyManager).
    if (consumerSecret === undefined || consumerSecret !== client.consumerSecret) {
      throw serverError(`The secret key is wrong for the given consumer key ${consumerKey}`);
    }
    // A client of private_key_jwt cannot be asked for by its secret, and its mapping fails.
    const wantsToken = abilities.enableTokenGeneration && client.grantTypes.includes('client_credentials');
    const token = wantsToken ? await firstToken(connector, client, logger) : undefined;
    const row = {
      keyMappingId: randomUUID(),
      applicationId: application.applicationId,
      keyManager,
      keyType,
      mode: 'MAPPED' as const,
      grantTypes: client.grantTypes,
      callbackUrl: client.callbackUrl,
    };
    const complete = withClient(row, client);
    store.keyMappings.put(complete.keyMappingId, complete);
    return shownKey(complete, token);
  });
}
