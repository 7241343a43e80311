import assert from 'node:assert/strict';
import type { Api, ApiManager, KeyManager } from '@cdr-stack/wso2';
import { parse } from 'yaml';

/** What one person can do in the portals to what was provisioned. */
export interface Tampering {
  /** What was done, to be read after "sees that". */
  what: string;
  tamper(servers: Servers): Promise<unknown>;
  /** Step and field by which `--drift` names it. */
  seenAs: string;
}

/** API Manager with what the kinds of drift need of it at hand. */
export interface Servers extends ApiManager {
  api(): Promise<Api>;
  keyManager(name: 'OBKM' | 'Resident Key Manager'): Promise<KeyManager>;
  /** Waits until the lifecycle shows that state. */
  reach(action: 'Block' | 'Demote to Created' | 'Deprecate' | 'Retire', state: string): Promise<void>;
}

type Json = Record<string, unknown>;

const changeApi = (change: (api: Api) => Partial<Api>) => async (servers: Servers) => {
  const api = await servers.api();
  await servers.publisher.updateApi(api.id, { ...api, ...change(api) });
};

const changeKeyManager = (name: 'OBKM' | 'Resident Key Manager', change: Json) => async (servers: Servers) => {
  const keyManager = await servers.keyManager(name);
  await servers.admin.updateKeyManager(keyManager.id, { ...keyManager, ...change });
};

/** The stored definition, bent as an object and put back. */
const changeDefinition =
  (bend: (definition: { info: Json; paths: Record<string, Json> }) => void) => async (servers: Servers) => {
    const { id } = await servers.api();
    const definition = parse(await servers.publisher.getDefinition(id));
    bend(definition);
    await servers.publisher.updateDefinition(id, JSON.stringify(definition));
  };

const operation = (paths: Record<string, Json>, path: string, verb: string): Json => {
  const found = paths[path]?.[verb];
  assert.ok(found && typeof found === 'object');
  return found as Json;
};

const endpoints = (side: 'production_endpoints' | 'sandbox_endpoints') =>
  changeApi(({ endpointConfig }) => ({
    endpointConfig: { ...endpointConfig, [side]: { url: 'https://else.example' } },
  }));

/** Policies as attached to one operation, bent. */
const onOperation = (verb: string, bend: (attached: Json[]) => Json[]) =>
  changeApi(({ operations }) => ({
    operations: operations?.map((one) =>
      one.verb === verb
        ? { ...one, operationPolicies: { request: bend(one.operationPolicies?.request ?? []) as never } }
        : one,
    ),
  }));

/** Drift that is repaired. */
export const kinds: Tampering[] = [
  {
    what: 'the endpoint is another',
    tamper: endpoints('production_endpoints'),
    seenAs: 'endpoint endpointConfig.production_endpoints.url',
  },
  {
    what: 'the sandbox endpoint is another',
    tamper: endpoints('sandbox_endpoints'),
    seenAs: 'endpoint endpointConfig.sandbox_endpoints.url',
  },
  {
    what: 'a business plan is added',
    tamper: changeApi(() => ({ policies: ['Unlimited', 'Gold'] })),
    seenAs: 'endpoint policies',
  },
  {
    what: 'the business plan is another',
    tamper: changeApi(() => ({ policies: ['Silver'] })),
    seenAs: 'endpoint policies',
  },
  {
    what: 'the throttling tier is another',
    tamper: changeApi(() => ({ apiThrottlingPolicy: '10KPerMin' })),
    seenAs: 'endpoint apiThrottlingPolicy',
  },
  {
    what: 'any key manager is accepted',
    tamper: changeApi(() => ({ keyManagers: ['all'] })),
    seenAs: 'endpoint keyManagers',
  },
  { what: 'http is on', tamper: changeApi(() => ({ transport: ['http', 'https'] })), seenAs: 'endpoint transport' },
  { what: 'the API is private', tamper: changeApi(() => ({ visibility: 'PRIVATE' })), seenAs: 'endpoint visibility' },
  {
    what: 'the API takes a password in place of a token',
    tamper: changeApi(() => ({ securityScheme: ['oauth2', 'basic_auth', 'oauth_basic_auth_api_key_mandatory'] })),
    seenAs: 'endpoint securityScheme',
  },
  {
    what: 'the token comes in another header',
    tamper: changeApi(() => ({ authorizationHeader: 'X-Token' })),
    seenAs: 'endpoint authorizationHeader',
  },
  {
    what: 'answers are cached',
    tamper: changeApi(() => ({ responseCachingEnabled: true })),
    seenAs: 'endpoint responseCachingEnabled',
  },
  {
    what: 'the API is no longer marked as regulatory',
    tamper: changeApi(() => ({ tags: [] })),
    seenAs: 'api regulatory',
  },
  { what: 'a policy is detached', tamper: onOperation('PUT', () => []), seenAs: 'policy PUT /register/{ClientId}' },
  {
    what: 'a policy is attached twice',
    tamper: onOperation('POST', (attached) => [...attached, ...attached]),
    seenAs: 'policy POST /register',
  },
  { what: 'a policy is attached to the whole API', tamper: attachToWhole, seenAs: 'policy policies of the whole API' },
  { what: 'the policy is detached everywhere and deleted', tamper: deletePolicy, seenAs: 'policy content' },
  {
    what: 'an operation is added',
    tamper: changeDefinition(({ paths }) => {
      paths['/debug'] = { get: { responses: { 200: { description: 'all' } } } };
    }),
    seenAs: 'api operation GET /debug',
  },
  {
    what: 'an operation is removed',
    tamper: changeDefinition(({ paths }) => {
      delete paths['/register/{ClientId}']?.delete;
    }),
    seenAs: 'api paths./register/{ClientId}.delete.operationId',
  },
  {
    what: 'an operation no longer asks for its scope',
    tamper: changeDefinition(({ paths }) => {
      operation(paths, '/register/{ClientId}', 'get').security = [{ default: [] }];
    }),
    seenAs: 'api paths./register/{ClientId}.get.security',
  },
  {
    what: 'an operation asks for no token',
    tamper: changeDefinition(({ paths }) => {
      operation(paths, '/register/{ClientId}', 'delete')['x-auth-type'] = 'None';
    }),
    seenAs: 'api paths./register/{ClientId}.delete.x-auth-type',
  },
  {
    what: 'registration asks for a token',
    tamper: changeDefinition(({ paths }) => {
      operation(paths, '/register', 'post')['x-auth-type'] = 'Application & Application User';
    }),
    seenAs: 'api paths./register.post.x-auth-type',
  },
  {
    what: 'the definition says something else',
    tamper: changeDefinition(({ info }) => {
      info.description = 'Ours now';
    }),
    seenAs: 'api info.description',
  },
  { what: 'the revision is undeployed', tamper: undeploy, seenAs: 'revision content' },
  { what: 'a revision that holds something else is deployed', tamper: deployAnother, seenAs: 'revision content' },
  { what: 'the API is blocked', tamper: ({ reach }) => reach('Block', 'BLOCKED'), seenAs: 'publication state' },
  {
    what: 'the API is demoted',
    tamper: ({ reach }) => reach('Demote to Created', 'CREATED'),
    seenAs: 'publication state',
  },
  {
    what: 'the key manager is off',
    tamper: changeKeyManager('OBKM', { enabled: false }),
    seenAs: 'key-manager enabled',
  },
  {
    what: 'the issuer is another',
    tamper: changeKeyManager('OBKM', { issuer: 'https://else.example/token' }),
    seenAs: 'key-manager issuer',
  },
  {
    what: 'the token endpoint is another',
    tamper: changeKeyManager('OBKM', { tokenEndpoint: 'https://else.example' }),
    seenAs: 'key-manager tokenEndpoint',
  },
  {
    what: 'a grant type is added',
    tamper: changeKeyManager('OBKM', { availableGrantTypes: ['client_credentials', 'password'] }),
    seenAs: 'key-manager availableGrantTypes',
  },
  {
    what: 'the claim with the scopes is another',
    tamper: changeKeyManager('OBKM', { scopesClaim: 'scp' }),
    seenAs: 'key-manager scopesClaim',
  },
  {
    what: 'the keys of the tokens are another',
    tamper: changeKeyManager('OBKM', { certificates: { type: 'JWKS', value: 'https://else.example' } }),
    seenAs: 'key-manager certificates.value',
  },
  {
    what: 'tokens are no longer checked by their signature',
    tamper: changeKeyManager('OBKM', { enableSelfValidationJWT: false }),
    seenAs: 'key-manager enableSelfValidationJWT',
  },
  {
    what: 'applications may make no clients',
    tamper: changeKeyManager('OBKM', { enableOAuthAppCreation: false }),
    seenAs: 'key-manager enableOAuthAppCreation',
  },
  {
    what: 'the resident key manager is on again',
    tamper: changeKeyManager('Resident Key Manager', { enabled: true }),
    seenAs: 'resident-key-manager enabled',
  },
];

/** Undeclared settings, which provisioning does not change. */
export const others: Omit<Tampering, 'seenAs'>[] = [
  {
    what: 'CORS of the API',
    tamper: changeApi(({ corsConfiguration }) => ({
      corsConfiguration: { ...(corsConfiguration as Json), corsConfigurationEnabled: true },
    })),
  },
  {
    what: 'a tag and a property of the API',
    tamper: changeApi(({ tags, additionalProperties }) => ({
      tags: [...(tags ?? []), 'banking'],
      additionalProperties: [...(additionalProperties ?? []), { name: 'team', value: 'open banking', display: true }],
    })),
  },
  { what: 'the description of the API', tamper: changeApi(() => ({ description: 'As the business calls it.' })) },
  { what: 'an alias of the key manager', tamper: changeKeyManager('OBKM', { alias: 'obkm' }) },
  {
    what: 'the description of the resident key manager',
    tamper: changeKeyManager('Resident Key Manager', { description: 'Off.' }),
  },
  {
    what: "somebody else's API",
    tamper: makePizza,
  },
  {
    what: "somebody else's application",
    tamper: ({ devportal }) => devportal.createApplication({ name: 'shop', throttlingPolicy: 'Unlimited' }),
  },
];

async function makePizza({ publisher }: Servers) {
  const paths = { '/menu': { get: { responses: { 200: { description: 'ok' } } } } };
  const definition = { openapi: '3.0.3', info: { title: 'Pizza', version: '1' }, paths };
  const made = { name: 'Pizza', version: '1', context: '/pizza', policies: ['Gold'], keyManagers: ['OBKM'] };
  await publisher.importOpenApi(JSON.stringify(definition), { ...made, description: 'Not ours.' });
  // The list lags behind.
  while (!(await publisher.findApi('Pizza', '1')));
}

async function deletePolicy(servers: Servers) {
  for (const verb of ['GET', 'PUT', 'POST', 'DELETE']) await onOperation(verb, () => [])(servers);
  const { id } = await servers.api();
  for (const policy of await servers.publisher.listPolicies(id)) await servers.publisher.deletePolicy(id, policy.id);
}

async function attachToWhole({ api, publisher }: Servers) {
  const { id, operations } = await api();
  const [attached] = operations?.[0]?.operationPolicies?.request ?? [];
  assert.ok(attached);
  await publisher.updateApi(id, { ...(await api()), apiPolicies: { request: [attached], response: [], fault: [] } });
}

async function undeploy({ api, publisher }: Servers) {
  const { id } = await api();
  for (const revision of await publisher.listRevisions(id, { deployed: true })) {
    const targets = (revision.deploymentInfo ?? []).map(({ name, vhost }) => ({ name, vhost: vhost ?? '' }));
    await publisher.undeployRevision(id, revision.id, targets);
  }
}

async function deployAnother({ api, publisher }: Servers) {
  const { id } = await api();
  const [deployed] = await publisher.listRevisions(id, { deployed: true });
  const targets = (deployed?.deploymentInfo ?? []).map(({ name, vhost }) => ({ name, vhost: vhost ?? '' }));
  for (const old of await publisher.listRevisions(id))
    if (old.id !== deployed?.id) await publisher.deleteRevision(id, old.id);
  const asProvisioned = await publisher.getApi(id);
  await publisher.updateApi(id, { ...asProvisioned, transport: ['http', 'https'] });
  const made = await publisher.createRevision(id, 'by hand');
  await publisher.updateApi(id, asProvisioned);
  await publisher.deployRevision(id, made.id, targets);
}
