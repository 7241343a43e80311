import { jsonBody, type Rest, segment } from '../rest.ts';
import {
  type Application,
  type ApplicationKey,
  type AvailableKeyManager,
  applicationKeySchema,
  applicationKeysSchema,
  applicationSchema,
  keyManagersSchema,
  type ListedApi,
  listedApiSchema,
  type Subscription,
  subscriptionSchema,
} from './schemas.ts';

export type KeyType = 'PRODUCTION' | 'SANDBOX';

export interface ApplicationRequest {
  name: string;
  /** The application's throttling policy, for example `Unlimited`. */
  throttlingPolicy: string;
  description?: string | undefined;
  tokenType?: 'JWT' | 'OAUTH' | undefined;
  attributes?: Record<string, string> | undefined;
}

export interface KeyGeneration {
  keyType: KeyType;
  keyManager: string;
  grantTypesToBeSupported: string[];
  callbackUrl?: string | undefined;
  scopes?: string[] | undefined;
  /** Seconds, as text. */
  validityTime?: string | undefined;
  additionalProperties?: Record<string, unknown> | undefined;
}

export interface KeyMapping {
  consumerKey: string;
  /** A connector that reads the client back refuses a mapping without its secret, as WSO2-IS-7 does. */
  consumerSecret?: string | undefined;
  keyManager: string;
  keyType: KeyType;
}

/** The Developer Portal's REST API, v3. */
export interface DevPortalClient {
  keyManagers(): Promise<AvailableKeyManager[]>;
  /** The visible API with exactly this name and version, or null. */
  findApi(name: string, version: string): Promise<ListedApi | null>;
  /** The visible APIs that bear this tag, as far as the index knows by now. */
  findApisByTag(tag: string): Promise<ListedApi[]>;
  /** The application with exactly this name, or null. */
  findApplication(name: string): Promise<Application | null>;
  /** The account's own applications. */
  listApplications(): Promise<Application[]>;
  createApplication(request: ApplicationRequest): Promise<Application>;
  /** Done when the application is gone, also when it was gone before; its keys and subscriptions go with it. */
  deleteApplication(applicationId: string): Promise<void>;
  /** Creates a client at the key manager. Only when that is operational: a failure leaks a mapping and every retry gets 409. */
  generateKeys(applicationId: string, request: KeyGeneration): Promise<ApplicationKey>;
  /** Gives the application a client that the key manager has already. */
  mapKeys(applicationId: string, mapping: KeyMapping): Promise<ApplicationKey>;
  listKeys(applicationId: string): Promise<ApplicationKey[]>;
  subscribe(applicationId: string, apiId: string, throttlingPolicy: string): Promise<Subscription>;
  listSubscriptions(applicationId: string): Promise<Subscription[]>;
  /** Done when the subscription is gone, also when it was gone before. */
  unsubscribe(subscriptionId: string): Promise<void>;
}

const base = '/api/am/devportal/v3';
const applications = `${base}/applications`;
const subscriptions = `${base}/subscriptions`;

export function devPortalClient(rest: Rest): DevPortalClient {
  const application = (id: string) => `${applications}/${segment(id)}`;
  return {
    keyManagers: async () =>
      (await rest.json({ method: 'GET', path: `${base}/key-managers` }, keyManagersSchema)).list ?? [],
    async findApi(name, version) {
      const query = { query: `name:${name} version:${version}` };
      const found = await rest.all({ path: `${base}/apis`, query }, listedApiSchema);
      return found.find((api) => api.name === name && api.version === version) ?? null;
    },
    findApisByTag: (tag) => rest.all({ path: `${base}/apis`, query: { query: `tag:${tag}` } }, listedApiSchema),
    async findApplication(name) {
      const found = await rest.all({ path: applications, query: { query: name } }, applicationSchema);
      return found.find((candidate) => candidate.name === name) ?? null;
    },
    listApplications: () => rest.all({ path: applications }, applicationSchema),
    createApplication: (request) =>
      rest.json(
        { method: 'POST', path: applications, body: jsonBody({ tokenType: 'JWT', ...request }) },
        applicationSchema,
      ),
    deleteApplication: (id) => rest.gone({ path: application(id) }),
    generateKeys: (id, request) =>
      rest.json(
        { method: 'POST', path: `${application(id)}/generate-keys`, body: jsonBody(request) },
        applicationKeySchema,
      ),
    mapKeys: (id, mapping) =>
      rest.json({ method: 'POST', path: `${application(id)}/map-keys`, body: jsonBody(mapping) }, applicationKeySchema),
    listKeys: async (id) =>
      (await rest.json({ method: 'GET', path: `${application(id)}/oauth-keys` }, applicationKeysSchema)).list ?? [],
    subscribe: (applicationId, apiId, throttlingPolicy) =>
      rest.json(
        { method: 'POST', path: subscriptions, body: jsonBody({ applicationId, apiId, throttlingPolicy }) },
        subscriptionSchema,
      ),
    listSubscriptions: (applicationId) =>
      rest.all({ path: subscriptions, query: { applicationId } }, subscriptionSchema),
    unsubscribe: (subscriptionId) => rest.gone({ path: `${subscriptions}/${segment(subscriptionId)}` }),
  };
}
