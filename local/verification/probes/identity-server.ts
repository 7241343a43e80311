import { REGISTER, register } from '../identity-server-objects.ts';
import { type Probe, probes } from '../probe.ts';

const SCOPES = '/api/identity/oauth2/v1.0/scopes';

/** Identity Server: its clients and scopes. */
export const identityServer: Probe[] = probes('identity-server', [
  {
    id: 'identity-server-names-itself-by-its-token-endpoint',
    fact: "Identity Server's issuer is its own /oauth2/token.",
    source: 'contract B.3',
    expect: { status: 200, issuer: true, keys: true },
    async run(session) {
      const path = '/oauth2/token/.well-known/openid-configuration';
      const { status, body } = await session.identityServer('GET', path, { as: 'nobody' });
      return { status, issuer: /\/oauth2\/token$/.test(body.issuer), keys: /\/oauth2\/jwks$/.test(body.jwks_uri) };
    },
  },
  {
    id: 'identity-server-health',
    fact: 'The health document answers 200 without credentials.',
    source: 'contract A.4',
    expect: 200,
    run: async (session) =>
      (await session.identityServer('GET', '/api/health-check/v1.0/health', { as: 'nobody' })).status,
  },
  {
    id: 'dcr-creates-a-client',
    fact: 'Registration v1.1 answers 201 with id and secret.',
    source: 'contract C',
    expect: { status: 201, id: true, secret: true },
    async run(session) {
      const { status, body } = await register(session);
      return { status, id: typeof body.client_id === 'string', secret: typeof body.client_secret === 'string' };
    },
  },
  {
    id: 'dcr-name-is-taken',
    fact: 'A client name that is taken is refused with 400, invalid_client_metadata: registration is no upsert.',
    source: 'contract C',
    expect: { status: 400, error: 'invalid_client_metadata' },
    async run(session) {
      const client_name = session.name();
      await register(session, { client_name });
      const { status, body } = await register(session, { client_name });
      return { status, error: body.error };
    },
  },
  {
    id: 'dcr-finds-by-name',
    fact: 'A client is found by its name: GET register?client_name=.',
    source: 'contract C',
    expect: { status: 200, same: true },
    async run(session) {
      const client_name = session.name();
      const { body: made } = await register(session, { client_name });
      const { status, body } = await session.identityServer('GET', `${REGISTER}?client_name=${client_name}`);
      return { status, same: body.client_id === made.client_id };
    },
  },
  {
    id: 'dcr-client-that-is-not-there',
    fact: 'A client that is not there answers 401, not 404.',
    source: 'identity-inbound-auth-oauth (DCRMService)',
    expect: 401,
    run: async (session) => (await session.identityServer('GET', `${REGISTER}/probe_of_no_client_at_all`)).status,
  },
  {
    id: 'dcr-updates-and-removes',
    fact: 'A client is updated with 200 and removed with 204.',
    source: 'contract C',
    expect: { update: 200, removal: 204 },
    async run(session) {
      const { body: made } = await register(session);
      const path = `${REGISTER}/${made.client_id}`;
      const body = { client_name: made.client_name, grant_types: ['client_credentials', 'refresh_token'] };
      const { status } = await session.identityServer('PUT', path, { body });
      return { update: status, removal: (await session.identityServer('DELETE', path)).status };
    },
  },
  {
    id: 'dcr-keeps-what-the-cdr-needs',
    fact: 'A client keeps private_key_jwt and certificate-bound access tokens.',
    source: 'contract H.6',
    versions: { since: '7.0' },
    expect: { status: 201, method: 'private_key_jwt', bound: true },
    async run(session) {
      const { status, body: made } = await register(session, {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_allow_reuse_pvt_key_jwt: false,
        token_endpoint_auth_signing_alg: 'PS256',
        tls_client_certificate_bound_access_tokens: true,
        jwks_uri: 'https://recipient.example/jwks',
        token_type_extension: 'JWT',
      });
      const { body } = await session.identityServer('GET', `${REGISTER}/${made.client_id}`);
      return {
        status,
        method: body.token_endpoint_auth_method ?? null,
        bound: body.tls_client_certificate_bound_access_tokens ?? null,
      };
    },
  },
  {
    id: 'dcr-wants-a-word-on-used-assertions',
    fact: 'With private_key_jwt registration requires token_endpoint_allow_reuse_pvt_key_jwt, and with any other method it refuses that member: 400, invalid_client_metadata.',
    source: 'seen on 7.1.0; sources of 7.3',
    versions: { since: '7.0' },
    expect: { without: [400, 'invalid_client_metadata'], withAnother: [400, 'invalid_client_metadata'], update: 400 },
    async run(session) {
      const method = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://recipient.example/jwks' };
      const without = await register(session, method);
      const told = { token_endpoint_allow_reuse_pvt_key_jwt: false };
      const withAnother = await register(session, { ...told, token_endpoint_auth_method: 'client_secret_basic' });
      const { body: made } = await register(session, { ...method, ...told });
      const body = { client_name: made.client_name };
      const update = await session.identityServer('PUT', `${REGISTER}/${made.client_id}`, { body });
      return {
        without: [without.status, without.body.error],
        withAnother: [withAnother.status, withAnother.body.error],
        update: update.status,
      };
    },
  },
  {
    id: 'dcr-and-members-of-nobody',
    fact: 'Registration ignores members that it does not know; before 7.0 it refuses them: 400.',
    source: 'seen on 7.1.0 and 6.1.0',
    expect: 201,
    otherwise: [{ before: '7.0', found: 400 }],
    run: async (session) => (await register(session, { of_nobody: true })).status,
  },
  {
    id: 'dcr-refuses-what-it-cannot-do',
    fact: 'Unknown grants, authentication methods and algorithms are refused: 400.',
    source: 'seen on 7.1.0',
    versions: { since: '7.0' },
    expect: { grant: 400, method: 400, algorithm: 400 },
    async run(session) {
      const status = async (metadata: object) => (await register(session, metadata)).status;
      return {
        grant: await status({ grant_types: ['of_nobody'] }),
        method: await status({ token_endpoint_auth_method: 'of_nobody' }),
        algorithm: await status({ token_endpoint_auth_signing_alg: 'of_nobody' }),
      };
    },
  },
  {
    id: 'dcr-wants-credentials',
    fact: 'Registration without credentials answers 401.',
    source: 'contract C',
    expect: 401,
    run: async (session) =>
      (await session.identityServer('POST', REGISTER, { body: { client_name: session.name() }, as: 'nobody' })).status,
  },
  {
    id: 'scopes-are-created-once',
    fact: 'A scope is created with 201, a second time 409, found with 200 and removed with 200, not 204.',
    source: 'contract H.6',
    expect: { first: 201, second: 409, found: 200, removal: 200, afterwards: 404 },
    async run(session) {
      const name = session.name();
      const path = `${SCOPES}/name/${name}`;
      const body = { name, displayName: name, description: 'A probe of cdr-stack.' };
      session.cleanUp(() => session.identityServer('DELETE', path));
      const first = await session.identityServer('POST', SCOPES, { body });
      const second = await session.identityServer('POST', SCOPES, { body });
      const found = await session.identityServer('GET', path);
      const removal = await session.identityServer('DELETE', path);
      const afterwards = await session.identityServer('GET', path);
      return {
        first: first.status,
        second: second.status,
        found: found.status,
        removal: removal.status,
        afterwards: afterwards.status,
      };
    },
  },
  {
    id: 'api-resources-are-found-by-identifier',
    fact: 'API resources are filtered by identifier: 200, and an empty list for an unknown one.',
    source: 'apim-km-wso2is (WSO2IS7KeyManager)',
    versions: { since: '7.0' },
    expect: { status: 200, found: 0 },
    async run(session) {
      const filter = encodeURIComponent(`identifier eq ${session.name()}`);
      const { status, body } = await session.identityServer('GET', `/api/server/v1/api-resources?filter=${filter}`);
      return { status, found: body.apiResources?.length ?? 0 };
    },
  },
]);
