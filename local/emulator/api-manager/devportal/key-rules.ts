import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { KeyManager } from '../admin/key-manager-object.ts';
import type { Connector, KeyManagerClient } from '../connectors/connector.ts';
import { badRequest, refusal, serverError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { withoutNulls } from '../request-body.ts';
import type { KeyMapping, Store } from '../store.ts';

export const KeyType = z.enum(['PRODUCTION', 'SANDBOX']);

/** The body of a request for keys. */
export function requireBody<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const parsed = schema.safeParse(withoutNulls(request.body));
  if (!parsed.success) throw badRequest(`Invalid request for keys: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** An enabled key manager, by name or by id, as the database has it. */
export function requireKeyManager(store: Store, nameOrId: string): KeyManager {
  const found = store.keyManagers.list().find(({ id, name }) => name === nameOrId || id === nameOrId);
  if (found === undefined || !found.enabled) throw refusal('keyManagerNotRegistered', nameOrId);
  return found;
}

/** Its connector, which is there only when the holder has heard of the key manager. */
export function requireConnector({ keyManagers }: Instance, name: string): Connector {
  const connector = keyManagers.connector(name);
  if (connector === undefined) throw serverError(`Key Manager ${name} not configured`);
  return connector;
}

/** A first token of a client, which API Manager requests with the client's secret, regardless of the client's method. */
export async function firstToken(connector: Connector, client: KeyManagerClient, logger: Instance['logger']) {
  return connector.issueToken(client).catch((error: Error) => {
    logger.error(`The client ${client.consumerKey} gets no token: ${error.message}`);
    throw serverError('Error occurred while calling token endpoint');
  });
}

/** An application has one client of a key manager for a type of key, and a client has one application. */
export function requireNoMapping(
  store: Store,
  application: { applicationId: string; name: string },
  wanted: { keyManager: string; keyType: string; consumerKey?: string },
): void {
  const { keyManager, keyType, consumerKey } = wanted;
  const exists = store.keyMappings.list().some((row) => {
    if (row.keyManager !== keyManager) return false;
    if (row.applicationId === application.applicationId && row.keyType === keyType) return true;
    return consumerKey !== undefined && row.consumerKey === consumerKey;
  });
  if (exists) throw refusal('keyMappingExists', application.name, consumerKey ?? '');
}

export const withClient = (row: KeyMapping, client: KeyManagerClient): KeyMapping => ({
  ...row,
  consumerKey: client.consumerKey,
  ...(client.consumerSecret === undefined ? {} : { consumerSecret: client.consumerSecret }),
});

/** Keys as the developer portal shows them. */
export const shownKey = (row: KeyMapping, token?: unknown) => ({
  keyMappingId: row.keyMappingId,
  keyManager: row.keyManager,
  consumerKey: row.consumerKey ?? '',
  consumerSecret: row.consumerSecret ?? '',
  supportedGrantTypes: row.grantTypes,
  callbackUrl: row.callbackUrl,
  keyState: 'APPROVED',
  keyType: row.keyType,
  mode: row.mode,
  ...(token === undefined ? {} : { token }),
  additionalProperties: {},
});
