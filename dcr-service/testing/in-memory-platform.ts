import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Platform, PlatformError } from '../registration/platform.ts';
import type { HeldMembers, RegisteredMetadata } from '../validation/registered-metadata.ts';

/** The calls that may be made to fail. */
export type PlatformCall =
  | 'createClient'
  | 'findClient'
  | 'updateClient'
  | 'bindClient'
  | 'inspectClient'
  | 'removeClient'
  | 'createApplication'
  | 'mapKeys'
  | 'subscribe'
  | 'isWhole'
  | 'removeApplication';

/** Identity Server and API Manager as far as a registration needs them, with their state in plain sight. */
export interface InMemoryPlatform extends Platform {
  /** By name. */
  readonly clients: Map<string, { clientId: string; metadata: RegisteredMetadata; bound?: RegisteredMetadata }>;
  /** What every client is held with instead of what is registered. */
  held: HeldMembers;
  /** By name. */
  readonly applications: Map<string, { applicationId: string; clientId: string | undefined; subscribed: boolean }>;
  /** Calls that fail as long as they are in here; `after`: only once their work is done, as when the answer is lost. */
  readonly failing: Map<PlatformCall, 'before' | 'after'>;
}

export function inMemoryPlatform(): InMemoryPlatform {
  const clients: InMemoryPlatform['clients'] = new Map();
  const applications: InMemoryPlatform['applications'] = new Map();
  const failing: InMemoryPlatform['failing'] = new Map();

  async function call<T>(name: PlatformCall, work: () => T): Promise<T> {
    const fail = () => {
      throw new PlatformError(
        name.includes('Client') ? 'Identity Server' : 'API Manager',
        'away',
        `${name} was made to fail`,
      );
    };
    await Promise.resolve();
    if (failing.get(name) === 'before') fail();
    const result = work();
    if (failing.get(name) === 'after') fail();
    return result;
  }

  const clientOf = (id: string) => [...clients.values()].find(({ clientId }) => clientId === id);
  const applicationOf = (id: string) => {
    const application = [...applications.values()].find(({ applicationId }) => applicationId === id);
    if (!application) throw new PlatformError('API Manager', 'refused', 'no such application');
    return application;
  };

  const platform: InMemoryPlatform = {
    clients,
    applications,
    failing,
    held: {},
    oauthClients: {
      create: (name, metadata, _within, clientId = randomUUID()) =>
        call('createClient', () => {
          clients.set(name, { clientId, metadata });
          return { clientId, clientSecret: undefined };
        }),
      find: (clientId) =>
        call('findClient', () =>
          [...clients.values()].some((one) => one.clientId === clientId)
            ? { clientId, clientSecret: undefined }
            : undefined,
        ),
      update: (clientId, name, metadata) => call('updateClient', () => void clients.set(name, { clientId, metadata })),
      bind: ({ clientId }, metadata) =>
        call('bindClient', () => {
          const client = clientOf(clientId);
          if (!client) throw new PlatformError('Identity Server', 'refused', 'no such client', { gone: true });
          client.bound = metadata;
          return { held: platform.held, differences: [] };
        }),
      inspect: (clientId, metadata) =>
        call('inspectClient', () => {
          const client = clientOf(clientId);
          if (!client) return undefined;
          const { bound } = client;
          const kept = bound?.redirect_uris;
          if (bound?.scope === metadata.scope && isDeepStrictEqual(kept, metadata.redirect_uris)) return [];
          return [{ kind: 'redirects', member: 'redirect_uris', wanted: metadata.redirect_uris, held: kept }];
        }),
      remove: (name) => call('removeClient', () => void clients.delete(name)),
    },
    developerPortal: {
      createApplication: (name) =>
        call('createApplication', () => {
          const applicationId = randomUUID();
          applications.set(name, { applicationId, clientId: undefined, subscribed: false });
          return { applicationId };
        }),
      mapKeys: (applicationId, { clientId }) =>
        call('mapKeys', () => void Object.assign(applicationOf(applicationId), { clientId })),
      subscribe: (applicationId) =>
        call('subscribe', () => void Object.assign(applicationOf(applicationId), { subscribed: true })),
      isWhole: (name, clientId) =>
        call('isWhole', () => {
          const application = applications.get(name);
          return application?.clientId === clientId && application.subscribed;
        }),
      removeApplication: (name) => call('removeApplication', () => void applications.delete(name)),
    },
  };
  return platform;
}
