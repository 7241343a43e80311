import { clientNameFor } from '../registration/client-name.ts';
import type { CreatedClient, Platform } from '../registration/platform.ts';
import type { Registration } from '../store/registration-store.ts';

/** What the servers hold of a registration. */
export interface Held {
  readonly client: CreatedClient | undefined;
  /** The application with the client's keys and every subscription. */
  readonly application: boolean;
}

/**
 * What the two servers hold of a registration that is in force.
 *
 * @throws PlatformError
 */
export async function whatIsHeld(
  { clientId, metadata }: Registration,
  { oauthClients, developerPortal }: Platform,
  within: AbortSignal,
): Promise<Held> {
  const [client, application] = await Promise.all([
    oauthClients.find(clientId, within),
    developerPortal.isWhole(clientNameFor(metadata.software_id), clientId, within),
  ]);
  return { client, application };
}

/**
 * Makes again what the servers have lost of a registration, or never had: the client under its own client_id, and the application. May be
 * repeated, and interrupted anywhere: what is half made is made afresh.
 *
 * @throws PlatformError
 */
export async function restoreRegistration(
  { clientId, metadata }: Registration,
  held: Held,
  { oauthClients, developerPortal }: Platform,
  within: AbortSignal,
): Promise<void> {
  const name = clientNameFor(metadata.software_id);
  const client = held.client ?? (await oauthClients.create(name, metadata, within, clientId));
  if (held.application) return;
  const { applicationId } = await developerPortal.createApplication(name, within);
  await developerPortal.mapKeys(applicationId, client, within);
  await developerPortal.subscribe(applicationId, within);
}
