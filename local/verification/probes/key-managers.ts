import { admin, createKeyManager, form, keyManager, madeKeyManager, refusal } from '../objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Session } from '../session.ts';

const PATH = `${admin}/key-managers`;
const RESIDENT = 'Resident Key Manager';

async function resident(session: Session) {
  const { body } = await session.apiManager('GET', PATH);
  const listed = body.list.find(({ name }: { name: string }) => name === RESIDENT);
  return (await session.apiManager('GET', `${PATH}/${listed.id}`)).body;
}

const discover = (session: Session, url: string) =>
  session.apiManager('POST', `${PATH}/discover`, { body: form({ url, type: 'WSO2-IS' }) });

const wellKnown = ({ servers }: Session) =>
  `${servers.identityServer?.url}/oauth2/token/.well-known/openid-configuration`;

/** Key managers as the Admin API has them. The probes create disabled ones, which receive no tokens or scopes. */
export const keyManagers: Probe[] = probes('api-manager', [
  {
    id: 'key-manager-is-created-with-location',
    fact: 'A key manager is created with 201; its URLs are not looked at.',
    source: 'contract B.3',
    expect: { status: 201, location: true, tokenEndpoint: 'https://localhost:1/token' },
    async run(session) {
      const { status, headers, body } = await createKeyManager(session);
      return {
        status,
        location: headers.location?.includes('/key-managers/') ?? false,
        tokenEndpoint: body.tokenEndpoint,
      };
    },
  },
  {
    id: 'key-manager-secret-is-masked',
    fact: "A key manager's Password reads back as *****; the answer to its creation shows it in clear.",
    source: 'real servers',
    expect: { createdInClear: true, read: '*****' },
    async run(session) {
      const made = await madeKeyManager(session);
      const { body } = await session.apiManager('GET', `${PATH}/${made.id}`);
      const sent = keyManager('').additionalProperties.Password;
      const createdInClear = made.additionalProperties.Password === sent;
      return { createdInClear, read: body.additionalProperties.Password };
    },
  },
  {
    id: 'key-manager-update-replaces',
    fact: 'An update of a key manager wipes what it leaves out.',
    source: 'contract 0.5',
    expect: { before: 1, after: 0 },
    async run(session) {
      const claimMapping = [{ remoteClaim: 'sub', localClaim: 'http://wso2.org/claims/username' }];
      const made = await madeKeyManager(session, { claimMapping });
      const { claimMapping: _, ...without } = made;
      await session.apiManager('PUT', `${PATH}/${made.id}`, { body: without });
      const { body } = await session.apiManager('GET', `${PATH}/${made.id}`);
      return { before: made.claimMapping.length, after: body.claimMapping?.length ?? 0 };
    },
  },
  {
    id: 'key-manager-keeps-unknown-properties',
    fact: 'additionalProperties that the connector does not know are kept and given back.',
    source: 'carbon-apimgt (stored as one JSON object)',
    expect: 'default/42',
    async run(session) {
      const additionalProperties = { Username: 'nobody', Password: 'of-no-use', 'cdr-stack-owner': 'default/42' };
      const made = await madeKeyManager(session, { additionalProperties });
      const { body } = await session.apiManager('GET', `${PATH}/${made.id}`);
      return body.additionalProperties['cdr-stack-owner'] ?? null;
    },
  },
  {
    id: 'key-manager-name-is-fixed',
    fact: "A key manager's name cannot be changed: 400.",
    source: 'contract 0.5',
    expect: 400,
    async run(session) {
      const made = await madeKeyManager(session);
      return (await session.apiManager('PUT', `${PATH}/${made.id}`, { body: { ...made, name: session.name() } }))
        .status;
    },
  },
  {
    id: 'key-manager-type-can-change',
    fact: "A key manager's type can be changed: 200.",
    source: 'real servers',
    versions: { since: '4.3' },
    expect: 200,
    async run(session) {
      const made = await madeKeyManager(session);
      const additionalProperties = { client_id: 'x', client_secret: 'x', audience: 'x' };
      const body = { ...made, type: 'Auth0', additionalProperties };
      return (await session.apiManager('PUT', `${PATH}/${made.id}`, { body })).status;
    },
  },
  {
    id: 'key-manager-type-unknown',
    fact: 'A type that is not installed is refused: 400, 901400.',
    source: 'contract 0.2',
    expect: { status: 400, code: 901400 },
    run: async (session) => refusal(await createKeyManager(session, { type: 'NoSuchType' })),
  },
  {
    id: 'key-manager-configuration-missing',
    fact: 'What the connector requires and does not get is refused, unnamed: 400, 901401.',
    source: 'contract B.2',
    expect: { status: 400, code: 901401 },
    run: async (session) => refusal(await createKeyManager(session, { additionalProperties: {} })),
  },
  {
    id: 'key-manager-name-is-taken',
    fact: 'A second key manager of one name is refused: 409, 901402.',
    source: 'contract B.2',
    expect: { status: 409, code: 901402 },
    async run(session) {
      const made = await madeKeyManager(session);
      return refusal(await session.apiManager('POST', PATH, { body: keyManager(made.name) }));
    },
  },
  {
    id: 'key-manager-description-is-short',
    fact: 'A description of more than 256 characters is refused: 400.',
    source: 'contract B.3',
    expect: 400,
    run: async (session) => (await createKeyManager(session, { description: 'x'.repeat(257) })).status,
  },
  {
    id: 'key-manager-is-not-found',
    fact: 'A key manager that is not there answers 404, 901411.',
    source: 'contract B.2',
    expect: { status: 404, code: 901411 },
    run: async (session) => refusal(await session.apiManager('GET', `${PATH}/00000000-0000-4000-8000-000000000000`)),
  },
  {
    id: 'key-manager-is-removed',
    fact: 'An unused key manager is removed: 200, and 404 from then on.',
    source: 'contract B.3',
    expect: { removal: 200, afterwards: 404 },
    async run(session) {
      const made = await madeKeyManager(session);
      const { status } = await session.apiManager('DELETE', `${PATH}/${made.id}`);
      return { removal: status, afterwards: (await session.apiManager('GET', `${PATH}/${made.id}`)).status };
    },
  },
  {
    id: 'key-manager-list-is-not-paged',
    fact: 'The list of key managers is not paged and contains id, name, type and enabled.',
    source: 'contract B.2',
    expect: { count: true, pagination: false, members: true },
    async run(session) {
      await madeKeyManager(session);
      const { body } = await session.apiManager('GET', `${PATH}?limit=1`);
      const told = ['id', 'name', 'type', 'enabled'];
      return {
        count: body.count === body.list.length && body.count > 1,
        pagination: 'pagination' in body,
        members: body.list.every((entry: object) => told.every((name) => name in entry)),
      };
    },
  },
  {
    id: 'resident-key-manager-is-there',
    fact: 'The resident key manager is called "Resident Key Manager" and is of the type default.',
    source: 'contract B.3',
    expect: 'default',
    run: async (session) => (await resident(session)).type,
  },
  {
    id: 'resident-key-manager-goes-off-and-on',
    fact: 'The resident key manager is disabled by sending back the whole of it with enabled: false.',
    source: 'contract B.3',
    destructive: true,
    expect: { status: 200, off: false, on: true },
    async run(session) {
      const found = await resident(session);
      const put = (enabled: boolean) =>
        session.apiManager('PUT', `${PATH}/${found.id}`, { body: { ...found, enabled } });
      session.cleanUp(() => put(found.enabled));
      const { status } = await put(false);
      const off = (await resident(session)).enabled;
      await put(true);
      return { status, off, on: (await resident(session)).enabled };
    },
  },
  {
    id: 'discovery-reads-the-configuration',
    fact: "Discovery reads Identity Server's configuration on API Manager's side: issuer and key set are its own.",
    source: 'contract B.3',
    needs: 'connected-servers',
    expect: { status: 200, valid: true, issuer: true, keys: 'JWKS' },
    async run(session) {
      const { status, body } = await discover(session, wellKnown(session));
      const { body: own } = await session.identityServer('GET', '/oauth2/token/.well-known/openid-configuration');
      return {
        status,
        valid: body.valid,
        issuer: body.value?.issuer === own.issuer,
        keys: body.value?.certificates?.type ?? null,
      };
    },
  },
  {
    id: 'discovery-names-the-wrong-user-info',
    fact: 'Discovery fills in oauth2/userinfo as user info endpoint, which is wrong for Identity Server 7.',
    source: 'contract B.3',
    needs: 'connected-servers',
    expect: true,
    async run(session) {
      const { body } = await discover(session, wellKnown(session));
      return /\/oauth2\/userinfo/i.test(body.value?.userInfoEndpoint ?? '');
    },
  },
  {
    id: 'discovery-out-of-reach-is-500',
    fact: 'Discovery of what cannot be reached answers with a 500-class error.',
    source: 'contract B.3',
    expect: true,
    run: async (session) =>
      (await discover(session, 'https://localhost:1/.well-known/openid-configuration')).status >= 500,
  },
]);
