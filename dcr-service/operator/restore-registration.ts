import { clientNameFor } from '../registration/client-name.ts';
import type { CreatedClient, Platform } from '../registration/platform.ts';
import type { Registration } from '../store/registration-store.ts';

/** What the servers hold of a registration. */
export interface Held {
  readonly client: CreatedClient | undefined;
  /** The application with the client's keys and every subscription. */
  readonly application: boolean;
  /** Whether the client has its scopes and its redirect URIs; of other members see `align`. */
  readonly bound: boolean;
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
  const [client, differences = [], application] = await Promise.all([
    oauthClients.find(clientId, within),
    oauthClients.inspect(clientId, metadata, within),
    developerPortal.isWhole(clientNameFor(metadata.software_id), clientId, within),
  ]);
  const bound = differences.every(({ kind }) => kind === 'member');
  return { client, application, bound: client !== undefined && bound };
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
  if (!held.application) {
    const { applicationId } = await developerPortal.createApplication(name, within);
    await developerPortal.mapKeys(applicationId, client, within);
    await developerPortal.subscribe(applicationId, within);
  }
  if (!held.bound) await oauthClients.bind({ clientId, fresh: !held.client }, metadata, within);
}
