import type { Answer, Session } from './session.ts';
import { isOneOf } from './version.ts';

// What probes make to ask about. Names are their own, and everything goes when the probe is done.

export const publisher = '/api/am/publisher/v4';
export const admin = '/api/am/admin/v4';
export const devportal = '/api/am/devportal/v3';

/** An OpenAPI definition without scopes, so that no key manager hears of it. */
export const definition = (paths: Record<string, object> = samplePaths): string =>
  JSON.stringify({ openapi: '3.0.3', info: { title: 'A probe of cdr-stack', version: '1' }, paths });

const samplePaths = {
  '/open': { post: { 'x-auth-type': 'None', responses: { '200': { description: 'OK' } } } },
  '/guarded': { get: { responses: { '200': { description: 'OK' } } } },
};

export function form(fields: Record<string, string>, files: Record<string, { name: string; content: string }> = {}) {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  for (const [name, file] of Object.entries(files)) made.append(name, new Blob([file.content]), file.name);
  return made;
}

/** Imports an API; whatever is made of it is removed in the end. */
export async function importApi(session: Session, members: object = {}, openApi = definition()): Promise<Answer> {
  const name = session.name();
  const properties = { name, version: '1', context: `/${name}`, policies: ['Unlimited'], endpointConfig, ...members };
  const body = form(
    { additionalProperties: JSON.stringify(properties) },
    { file: { name: 'openapi.json', content: openApi } },
  );
  const answer = await session.apiManager('POST', `${publisher}/apis/import-openapi`, { body });
  const { id } = answer.body ?? {};
  if (answer.status === 201) session.cleanUp(() => removed(session, `${publisher}/apis/${id}`));
  return answer;
}

export const endpointConfig = {
  endpoint_type: 'http',
  production_endpoints: { url: 'https://backend.example/probe' },
  sandbox_endpoints: { url: 'https://backend.example/probe' },
};

/** An API that is there; throws when it could not be made. */
export async function madeApi(session: Session, members: object = {}): Promise<Answer['body']> {
  const { status, body } = await importApi(session, members);
  if (status !== 201) throw new Error(`An API could not be made: ${status}.`);
  return body;
}

/** A policy specification as the version takes it, as JSON: before 4.3 without the document around it. */
export function specification({ servers }: Session, name: string, members: object = {}): string {
  const data = {
    category: 'Mediation',
    name,
    version: 'v1',
    displayName: name,
    description: 'A probe of cdr-stack.',
    applicableFlows: ['request'],
    supportedGateways: ['Synapse'],
    supportedApiTypes: ['HTTP'],
    policyAttributes: [],
    ...members,
  };
  if (isOneOf({ before: '4.3' }, servers.apiManager?.version ?? '')) return JSON.stringify(data);
  return JSON.stringify({ type: 'operation_policy_specification', version: 'v4.2.0', data });
}

export const policyForm = (spec: string, content = '<header name="x-probe" scope="transport" value="1"/>') =>
  form(
    {},
    { policySpecFile: { name: 'p.json', content: spec }, synapsePolicyDefinitionFile: { name: 'p.j2', content } },
  );

export async function madeRevision(session: Session, apiId: string): Promise<Answer['body']> {
  const { status, body } = await session.apiManager('POST', `${publisher}/apis/${apiId}/revisions`, { body: {} });
  if (status !== 201) throw new Error(`A revision could not be made: ${status}.`);
  return body;
}

/** The first gateway environment that the settings name, as a place to deploy to. */
export async function firstPlace(session: Session) {
  const { body } = await session.apiManager('GET', `${publisher}/settings`);
  const [environment] = body.environment;
  return { name: environment.name, vhost: environment.vhosts[0].host, displayOnDevportal: false };
}

/** Deploys a revision; it is undeployed before the API goes. */
export async function deploy(session: Session, apiId: string, revisionId: string, places: object[]): Promise<Answer> {
  const path = (action: string) => `${publisher}/apis/${apiId}/${action}?revisionId=${revisionId}`;
  const answer = await session.apiManager('POST', path('deploy-revision'), { body: places });
  if (answer.status < 300)
    session.cleanUp(() => session.apiManager('POST', path('undeploy-revision'), { body: places }));
  return answer;
}

/** A key manager, disabled by default, at an address without a server. */
export function keyManager(name: string, members: object = {}) {
  return {
    name,
    displayName: name,
    type: 'WSO2-IS',
    description: 'A probe of cdr-stack.',
    issuer: `https://${name}.example/oauth2/token`,
    clientRegistrationEndpoint: 'https://localhost:1/register',
    introspectionEndpoint: 'https://localhost:1/introspect',
    tokenEndpoint: 'https://localhost:1/token',
    revokeEndpoint: 'https://localhost:1/revoke',
    certificates: { type: 'JWKS', value: 'https://localhost:1/jwks' },
    availableGrantTypes: ['client_credentials'],
    enableTokenGeneration: true,
    enableMapOAuthConsumerApps: true,
    enableOAuthAppCreation: true,
    enableSelfValidationJWT: true,
    consumerKeyClaim: 'azp',
    scopesClaim: 'scope',
    enabled: false,
    additionalProperties: { Username: 'nobody', Password: 'of-no-use' },
    ...members,
  };
}

export async function createKeyManager(session: Session, members: object = {}): Promise<Answer> {
  const body = keyManager(session.name(), members);
  const answer = await session.apiManager('POST', `${admin}/key-managers`, { body });
  const { id } = answer.body ?? {};
  if (answer.status === 201) session.cleanUp(() => removed(session, `${admin}/key-managers/${id}`));
  return answer;
}

export async function madeKeyManager(session: Session, members: object = {}): Promise<Answer['body']> {
  const { status, body } = await createKeyManager(session, members);
  if (status !== 201) throw new Error(`A key manager could not be made: ${status}.`);
  return body;
}

/**
 * An enabled key manager at an address without a server: it affects other users as long as it exists. It has every endpoint that its
 * connector needs; without them it would not be loaded, and every call of the developer portal would answer 500 until it is removed.
 */
export const unreachableKeyManager = (session: Session) =>
  madeKeyManager(session, {
    enabled: true,
    scopeManagementEndpoint: 'https://localhost:1/api/identity/oauth2/v1.0/scopes',
    userInfoEndpoint: 'https://localhost:1/oauth2/userinfo',
    authorizeEndpoint: 'https://localhost:1/oauth2/authorize',
    displayTokenEndpoint: 'https://localhost:1/token',
    displayRevokeEndpoint: 'https://localhost:1/revoke',
    wellKnownEndpoint: 'https://localhost:1/oauth2/token/.well-known/openid-configuration',
    additionalProperties: { ServerURL: 'https://localhost:1/services/', Username: 'nobody', Password: 'of-no-use' },
  });

export async function createApplication(session: Session, name = session.name()): Promise<Answer> {
  const body = { name, throttlingPolicy: 'Unlimited', description: 'A probe of cdr-stack.' };
  const answer = await session.apiManager('POST', `${devportal}/applications`, { body });
  const { applicationId } = answer.body ?? {};
  if (answer.status === 201) session.cleanUp(() => removed(session, `${devportal}/applications/${applicationId}`));
  return answer;
}

/** Status and WSO2's own code, which is the stable part of a refusal. */
export const refusal = ({ status, body }: Answer) => ({ status, code: body?.code ?? null });

/** What the API says it is in, polled until it says so or patience ends. */
export const settledState = (session: Session, apiId: string, state: string) =>
  session.until(
    () => session.apiManager('GET', `${publisher}/apis/${apiId}/lifecycle-state`),
    ({ body }) => body.state === state,
  );

export const changeLifecycle = (session: Session, apiId: string, action: string) =>
  session.apiManager('POST', `${publisher}/apis/change-lifecycle?apiId=${apiId}&action=${encodeURIComponent(action)}`);

/** A server that has not heard yet that a key manager is gone answers 500 for APIs that were registered with it. */
export async function removed(session: Session, path: string): Promise<void> {
  const { status } = await session.until(
    () => session.apiManager('DELETE', path),
    (answer) => answer.status !== 500,
  );
  if (status >= 300 && status !== 404) throw new Error(`DELETE ${path} answered ${status}`);
}
