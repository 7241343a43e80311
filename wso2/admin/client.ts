import { jsonBody, multipartBody, type Rest, segment } from '../rest.ts';
import {
  type AdminSettings,
  discoverySchema,
  type KeyManager,
  type KeyManagerBody,
  type KeyManagerDiscovery,
  type KeyManagerSummary,
  keyManagerSchema,
  keyManagersSchema,
  settingsSchema,
} from './schemas.ts';

/** The part of the Admin Portal's REST API, v4, that concerns key managers. */
export interface AdminClient {
  settings(): Promise<AdminSettings>;
  listKeyManagers(): Promise<KeyManagerSummary[]>;
  getKeyManager(id: string): Promise<KeyManager>;
  createKeyManager(body: KeyManagerBody): Promise<KeyManager>;
  /** Replaces: send the whole body. `name` and `type` cannot change. */
  updateKeyManager(id: string, body: KeyManagerBody): Promise<KeyManager>;
  /** Done when the key manager is gone, also when it was gone before. */
  deleteKeyManager(id: string): Promise<void>;
  /**
   * Has API Manager fetch the well-known document itself. It is asked once:
   * a `server-error` is mostly API Manager's own refusal of that server's certificate.
   */
  discover(url: string, type: string): Promise<KeyManagerDiscovery>;
}

const base = '/api/am/admin/v4';
const keyManagers = `${base}/key-managers`;

export function adminClient(rest: Rest): AdminClient {
  return {
    settings: () => rest.json({ method: 'GET', path: `${base}/settings` }, settingsSchema),
    // This list has no pages.
    listKeyManagers: async () => (await rest.json({ method: 'GET', path: keyManagers }, keyManagersSchema)).list ?? [],
    getKeyManager: (id) => rest.json({ method: 'GET', path: `${keyManagers}/${segment(id)}` }, keyManagerSchema),
    createKeyManager: (body) =>
      rest.json({ method: 'POST', path: keyManagers, body: jsonBody(body) }, keyManagerSchema),
    updateKeyManager: (id, body) =>
      rest.json({ method: 'PUT', path: `${keyManagers}/${segment(id)}`, body: jsonBody(body) }, keyManagerSchema),
    deleteKeyManager: (id) => rest.gone({ path: `${keyManagers}/${segment(id)}` }),
    discover: (url, type) =>
      rest.json(
        {
          method: 'POST',
          path: `${keyManagers}/discover`,
          body: multipartBody({ url, type }),
          repetition: 'never',
          asks: `${type} ${url}`,
        },
        discoverySchema,
      ),
  };
}
