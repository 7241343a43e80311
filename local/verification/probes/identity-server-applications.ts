import {
  createApiResource,
  findApplication,
  REGISTER,
  RESOURCES,
  register,
  tokenOf,
} from '../identity-server-objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Session } from '../session.ts';

const since7 = { since: '7.0' } as const;
const source = 'asked of Identity Server 7.1.0';

/** What applications are authorized for, and what Identity Server holds of them beside DCR. */
export const identityServerApplications: Probe[] = probes('identity-server', [
  {
    id: 'clients-are-authorized-for-scopes',
    fact: 'A client gets the scopes of an API resource that it is authorized for with No Policy, and no others, which are dropped without an error; authorized a second time: 409 APP-60509.',
    source,
    versions: since7,
    expect: { before: null, status: 200, granted: true, again: [409, 'APP-60509'] },
    async run(session) {
      const [one, other] = [session.name(), session.name()];
      const resource = await createApiResource(session, [one, other]);
      const { body: client } = await register(session);
      const { body: before } = await tokenOf(session, client, `${one} ${other}`);
      const { status, again } = await authorizeTwice(session, client.client_id, resource.body.id, [one]);
      const { body: token } = await tokenOf(session, client, `${one} ${other}`);
      return { before: before.scope ?? null, status, granted: token.scope === one, again };
    },
  },
  {
    id: 'no-policy-needs-a-resource-without-authorization',
    fact: 'An API resource with requiresAuthorization cannot be authorized with No Policy: 400 APP-60512.',
    source,
    versions: since7,
    expect: [400, 'APP-60512'],
    async run(session) {
      const resource = await createApiResource(session, [session.name()], true);
      const { body: client } = await register(session);
      const application = await findApplication(session, client.client_id);
      const body = { id: resource.body.id, policyIdentifier: 'No Policy', scopes: [] };
      const answer = await session.identityServer('POST', `${application}/authorized-apis`, { body });
      return [answer.status, answer.body.code];
    },
  },
  {
    id: 'scopes-exist-once-per-tenant',
    fact: 'A scope that one API resource has cannot be in another (409 API-RESOURCE-60004), and is deleted by its name, whichever resource is named: 204.',
    source,
    versions: since7,
    expect: { taken: [409, 'API-RESOURCE-60004'], deletion: 204, free: 204 },
    async run(session) {
      const scope = session.name();
      const [holder, other] = [await createApiResource(session, [scope]), await createApiResource(session, [])];
      const path = `${RESOURCES}/${other.body.id}`;
      const add = () =>
        session.identityServer('PATCH', path, { body: { addedScopes: [{ name: scope, displayName: scope }] } });
      const taken = await add();
      const deletion = await session.identityServer('DELETE', `${path}/scopes/${scope}`);
      return {
        taken: [taken.status, taken.body.code],
        deletion: holder.status === 201 ? deletion.status : holder.status,
        free: (await add()).status,
      };
    },
  },
  {
    id: 'redirect-uris-are-one-expression',
    fact: 'Two redirect URIs are kept as one expression without escapes; DCR refuses one with escapes, the application takes it, and the next DCR PUT undoes it.',
    source,
    versions: since7,
    expect: {
      kept: ['regexp=(https://rp.example/cb|https://rp2.example/cb)'],
      refused: [400, 'invalid_redirect_uri'],
      put: 200,
      escaped: ['regexp=(https://rp\\.example/cb|https://rp2\\.example/cb)'],
      undone: ['regexp=(https://rp.example/cb|https://rp2.example/cb)'],
    },
    async run(session) {
      const redirect_uris = ['https://rp.example/cb', 'https://rp2.example/cb'];
      const escaped = [`regexp=(${redirect_uris.join('|').replaceAll('.', '\\.')})`];
      const metadata = { grant_types: ['authorization_code'], redirect_uris };
      const { body: client } = await register(session, metadata);
      const path = `${REGISTER}/${client.client_id}`;
      const inbound = `${await findApplication(session, client.client_id)}/inbound-protocols/oidc`;
      const held = async () => (await session.identityServer('GET', inbound)).body;
      const update = (uris: string[]) =>
        session.identityServer('PUT', path, {
          body: { ...metadata, client_name: client.client_name, redirect_uris: uris },
        });
      const before = await held();
      const refused = await update(escaped);
      const put = await session.identityServer('PUT', inbound, { body: { ...before, callbackURLs: escaped } });
      const after = await held();
      await update(redirect_uris);
      return {
        kept: before.callbackURLs,
        refused: [refused.status, refused.body.error],
        put: put.status,
        escaped: after.callbackURLs,
        undone: (await held()).callbackURLs,
      };
    },
  },
  {
    id: 'oidc-settings-are-read-whole',
    fact: "What DCR set of PKCE, PAR, request objects, subjects, ID tokens and the certificate binding is in the application's OIDC settings.",
    source,
    versions: since7,
    expect: {
      pkce: true,
      par: true,
      object: [true, 'PS256'],
      subject: 'pairwise',
      idToken: 'PS256',
      bound: true,
    },
    async run(session) {
      const bound = { tls_client_certificate_bound_access_tokens: true };
      const { body: client } = await register(session, {
        ...{ ...bound, grant_types: ['authorization_code'], redirect_uris: ['https://rp.example/cb'] },
        ...{ ext_pkce_mandatory: true, require_pushed_authorization_requests: true, subject_type: 'pairwise' },
        ...{ require_signed_request_object: true, request_object_signing_alg: 'PS256' },
        ...{ id_token_signed_response_alg: 'PS256', token_type_extension: 'JWT' },
      });
      const application = await findApplication(session, client.client_id);
      const { body } = await session.identityServer('GET', `${application}/inbound-protocols/oidc`);
      return {
        pkce: body.pkce.mandatory,
        par: body.pushAuthorizationRequest.requirePushAuthorizationRequest,
        object: [body.validateRequestObjectSignature, body.requestObject.requestObjectSigningAlg],
        subject: body.subject.subjectType,
        idToken: body.idToken.idTokenSignedResponseAlg,
        bound: body.accessToken.bindingType === 'certificate',
      };
    },
  },
]);

async function authorizeTwice(session: Session, clientId: string, id: string, scopes: string[]) {
  const application = await findApplication(session, clientId);
  const body = { id, policyIdentifier: 'No Policy', scopes };
  const authorize = () => session.identityServer('POST', `${application}/authorized-apis`, { body });
  const { status } = await authorize();
  const again = await authorize();
  return { status, again: [again.status, again.body.code] };
}
