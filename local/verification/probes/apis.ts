import {
  definition,
  endpointConfig,
  form,
  importApi,
  madeApi,
  publisher,
  refusal,
  removed,
  unreachableKeyManager,
} from '../objects.ts';
import { type Probe, probes } from '../probe.ts';

const APIS = `${publisher}/apis`;
const ABSENT = '00000000-0000-4000-8000-000000000000';

/** APIs as the Publisher has them. */
export const apis: Probe[] = probes('api-manager', [
  {
    id: 'import-cuts-the-version-off-the-context',
    fact: 'An import answers 201, and shows the context without a /{version} at its end.',
    source: 'contract B.4',
    expect: { status: 201, context: true, state: 'CREATED' },
    async run(session) {
      const name = session.name();
      const { status, body } = await importApi(session, { name, context: `/${name}/{version}` });
      return { status, context: body.context === `/${name}`, state: body.lifeCycleStatus };
    },
  },
  {
    id: 'import-needs-its-properties',
    fact: 'An import without additionalProperties is refused: 400.',
    source: 'contract B.4',
    expect: 400,
    async run(session) {
      const body = form({}, { file: { name: 'openapi.json', content: definition() } });
      return (await session.apiManager('POST', `${APIS}/import-openapi`, { body })).status;
    },
  },
  {
    id: 'import-refuses-unknown-members',
    fact: 'An import with a member that the API object does not have is refused: 400.',
    source: 'contract B.4',
    expect: 400,
    run: async (session) => (await importApi(session, { noSuchMember: true })).status,
  },
  {
    id: 'import-takes-the-open-operation',
    fact: 'x-auth-type: None of an operation is kept as authType None.',
    source: 'contract D',
    expect: 'None',
    async run(session) {
      const { operations } = await madeApi(session);
      return operations.find(({ target }: { target: string }) => target === '/open').authType;
    },
  },
  {
    id: 'import-takes-any-key-manager',
    fact: 'By default an API accepts tokens of all key managers.',
    source: 'contract B.4',
    expect: ['all'],
    run: async (session) => (await madeApi(session)).keyManagers,
  },
  {
    id: 'import-of-the-same-api-is-a-conflict',
    fact: 'A second API of one name, version and context is refused: 409.',
    source: 'contract B.2',
    expect: 409,
    async run(session) {
      const { name, context } = await madeApi(session);
      return (await importApi(session, { name, context })).status;
    },
  },
  {
    id: 'import-of-a-name-in-other-case',
    fact: 'A name that differs in case alone is taken: 409, 900250.',
    source: 'contract B.2',
    expect: { status: 409, code: 900250 },
    async run(session) {
      const { name } = await madeApi(session);
      return refusal(await importApi(session, { name: name.toUpperCase() }));
    },
  },
  {
    id: 'import-of-another-context-is-refused',
    fact: 'A name that is taken, with another version and context, is refused: 400.',
    source: 'contract B.2; 900977 on real servers',
    expect: 400,
    async run(session) {
      const { name } = await madeApi(session);
      return (await importApi(session, { name, version: '2' })).status;
    },
  },
  {
    id: 'import-of-another-version',
    fact: 'A name that is taken, with its own context and another version, is imported: 201.',
    source: 'real servers (4.6.0)',
    expect: 201,
    async run(session) {
      const { name, context } = await madeApi(session);
      return (await importApi(session, { name, context, version: '2' })).status;
    },
  },
  {
    id: 'import-of-a-context-that-is-taken',
    fact: 'A context that is taken is refused: 409, 900251.',
    source: 'contract B.2',
    expect: { status: 409, code: 900251 },
    async run(session) {
      const { context } = await madeApi(session);
      return refusal(await importApi(session, { context }));
    },
  },
  {
    id: 'key-managers-must-be-a-list',
    fact: 'keyManagers that is no list is refused: 400, 903203.',
    source: 'real servers',
    expect: { status: 400, code: 903203 },
    otherwise: [{ before: '4.3', found: { status: 500, code: 900967 } }],
    run: async (session) => refusal(await importApi(session, { keyManagers: 'all' })),
  },
  {
    id: 'update-takes-the-whole-back',
    fact: 'PUT accepts what GET returned, unchanged: 200.',
    source: 'contract B.4',
    expect: 200,
    async run(session) {
      const { id } = await madeApi(session);
      const { body } = await session.apiManager('GET', `${APIS}/${id}`);
      return (await session.apiManager('PUT', `${APIS}/${id}`, { body })).status;
    },
  },
  {
    id: 'lists-are-kept-as-sets',
    fact: 'Plans read back in alphabetical order, regardless of the order in the request.',
    source: 'real servers (4.6.0)',
    expect: ['Bronze', 'Gold', 'Unlimited'],
    async run(session) {
      const { id } = await madeApi(session, { policies: ['Unlimited', 'Gold', 'Bronze'] });
      return (await session.apiManager('GET', `${APIS}/${id}`)).body.policies;
    },
  },
  {
    id: 'api-keeps-tags-and-properties',
    fact: 'An API keeps and gives back description, tags and additionalProperties.',
    source: 'publisher-api.yaml',
    expect: { description: 'Ours.', tags: ['cdr-stack'], property: 'default/42' },
    async run(session) {
      const additionalProperties = [{ name: 'cdr_stack_owner', value: 'default/42', display: false }];
      const { id } = await madeApi(session, { description: 'Ours.', tags: ['cdr-stack'], additionalProperties });
      const { body } = await session.apiManager('GET', `${APIS}/${id}`);
      const [property] = body.additionalProperties;
      return { description: body.description, tags: body.tags, property: property?.value ?? null };
    },
  },
  {
    id: 'update-refuses-unknown-key-managers',
    fact: 'An API that names a key manager that is not there, or not enabled, cannot be updated: 400, 901403.',
    source: 'contract B.3 (api-manager 4177)',
    expect: { status: 400, code: 901403 },
    otherwise: [{ before: '4.3', found: { status: 500, code: 500 } }],
    async run(session) {
      const api = await madeApi(session);
      const body = { ...api, keyManagers: ['No Such Key Manager'] };
      return refusal(await session.apiManager('PUT', `${APIS}/${api.id}`, { body }));
    },
  },
  {
    id: 'endpoint-secret-reads-back-empty',
    fact: 'The password of an endpoint reads back as an empty text.',
    source: 'contract B.4',
    expect: '',
    async run(session) {
      const security = { enabled: true, type: 'BASIC', username: 'nobody', password: 'of-no-use' };
      const secured = { ...endpointConfig, endpoint_security: { production: security, sandbox: security } };
      const { id } = await madeApi(session, { endpointConfig: secured });
      const { body } = await session.apiManager('GET', `${APIS}/${id}`);
      return body.endpointConfig.endpoint_security.production.password;
    },
  },
  {
    id: 'api-is-not-found',
    fact: 'An API that is not there answers 404, and 404 is its number, too.',
    source: 'real servers',
    expect: { status: 404, code: 404 },
    run: async (session) => refusal(await session.apiManager('GET', `${APIS}/${ABSENT}`)),
  },
  {
    id: 'search-lags-and-contains',
    fact: 'A new API appears in the search in the end; name: is a contains match.',
    source: 'contract B.2',
    expect: { exact: 1, part: true },
    async run(session) {
      const { name } = await madeApi(session);
      const search = (query: string) => session.apiManager('GET', `${APIS}?query=${encodeURIComponent(query)}`);
      const settled = await session.until(
        () => search(`name:${name}`),
        ({ body }) => body.count > 0,
      );
      const { body } = await search(`name:${name.slice(0, -2)}`);
      return { exact: settled.body.count, part: body.list.some((api: { name: string }) => api.name === name) };
    },
  },
  {
    id: 'definition-replaces-the-operations',
    fact: 'PUT of a definition replaces the operations: 200.',
    source: 'contract B.4',
    expect: { status: 200, targets: ['/other'] },
    async run(session) {
      const { id } = await madeApi(session);
      const apiDefinition = definition({ '/other': { get: { responses: { '200': { description: 'OK' } } } } });
      const { status } = await session.apiManager('PUT', `${APIS}/${id}/swagger`, { body: form({ apiDefinition }) });
      const { body } = await session.apiManager('GET', `${APIS}/${id}`);
      return { status, targets: body.operations.map(({ target }: { target: string }) => target) };
    },
  },
  {
    id: 'definition-is-kept-in-a-form-of-its-own',
    fact: "A stored definition has the API's name as its title, [{}] for an operation without security, and sorted lists of required members.",
    source: 'real servers',
    expect: { title: true, security: [{}], required: ['a', 'b'] },
    otherwise: [{ before: '4.7', found: { title: true, security: [{ default: [] }], required: ['a', 'b'] } }],
    async run(session) {
      const { id, name } = await madeApi(session);
      const schema = {
        type: 'object',
        required: ['b', 'a'],
        properties: { a: { type: 'string' }, b: { type: 'string' } },
      };
      const content = { 'application/json': { schema } };
      const post = { security: [], requestBody: { content }, responses: { '200': { description: 'OK' } } };
      const apiDefinition = definition({ '/form': { post: { 'x-auth-type': 'None', ...post } } });
      await session.apiManager('PUT', `${APIS}/${id}/swagger`, { body: form({ apiDefinition }) });
      const { body } = await session.apiManager('GET', `${APIS}/${id}/swagger`);
      const { info, paths } = typeof body === 'string' ? JSON.parse(body) : body;
      const stored = paths['/form'].post;
      return {
        title: info.title === name,
        security: stored.security,
        required: stored.requestBody.content['application/json'].schema.required,
      };
    },
  },
  {
    id: 'definition-reads-back',
    fact: 'The definition reads back with its paths and with the extensions of its operations.',
    source: 'contract B.4',
    expect: { status: 200, paths: ['/guarded', '/open'], open: 'None' },
    async run(session) {
      const { id } = await madeApi(session);
      const { status, body } = await session.apiManager('GET', `${APIS}/${id}/swagger`);
      const { paths } = typeof body === 'string' ? JSON.parse(body) : body;
      return { status, paths: Object.keys(paths).sort(), open: paths['/open'].post['x-auth-type'] };
    },
  },
  {
    id: 'bad-definition-leaves-the-old-one',
    fact: 'An invalid definition is refused with 400, and the stored one stays.',
    source: 'contract B.4',
    expect: { status: 400, operations: 2 },
    async run(session) {
      const { id } = await madeApi(session);
      const body = form({ apiDefinition: '{"no": "definition"}' });
      const { status } = await session.apiManager('PUT', `${APIS}/${id}/swagger`, { body });
      const { body: api } = await session.apiManager('GET', `${APIS}/${id}`);
      return { status, operations: api.operations.length };
    },
  },
  {
    id: 'validation-tells-good-from-bad',
    fact: 'validate-openapi answers 200 with isValid, true and false, and makes nothing.',
    source: 'contract B.4',
    expect: { good: true, bad: false },
    async run(session) {
      const validate = async (content: string) => {
        const body = form({}, { file: { name: 'openapi.json', content } });
        return (await session.apiManager('POST', `${APIS}/validate-openapi`, { body })).body.isValid;
      };
      return { good: await validate(definition()), bad: await validate('{"no": "definition"}') };
    },
  },
  {
    id: 'unreachable-key-manager-fails-the-import',
    fact: 'An enabled key manager that cannot be reached fails the making of an API with scopes: 500.',
    source: 'real servers',
    destructive: true,
    expect: { status: 500, code: 500 },
    async run(session) {
      const { id } = await unreachableKeyManager(session);
      // The holder hears of the key manager some time after the database.
      return session
        .until(
          () => importApi(session, {}, definitionWithScope(session.name())),
          ({ status }) => status !== 201,
        )
        .then((answer) => {
          // Before the APIs, which cannot be removed while it is there.
          session.cleanUp(() => removed(session, `/api/am/admin/v4/key-managers/${id}`));
          return refusal(answer);
        });
    },
  },
]);

/** A definition whose one operation asks for a scope, which is registered with every key manager. */
function definitionWithScope(scope: string): string {
  const operation = { security: [{ default: [scope] }], responses: { '200': { description: 'OK' } } };
  const implicit = { authorizationUrl: 'https://localhost', scopes: { [scope]: 'A probe' }, 'x-scopes-bindings': {} };
  return JSON.stringify({
    ...JSON.parse(definition({ '/scoped': { get: operation } })),
    components: { securitySchemes: { default: { type: 'oauth2', flows: { implicit } } } },
  });
}
