import { devportal, madeApi, policyForm, publisher, specification } from '../objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Account } from '../servers.ts';
import { type Answer, CLIENT, type Session } from '../session.ts';

const SERVICE = '/services/RemoteUserStoreManagerService';

/** Calls an operation of the user store's service by SOAP 1.1; parameters in the order of its signature. */
function soap(
  session: Session,
  operation: string,
  parameters: readonly [name: string, value: string][],
): Promise<Answer> {
  const elements = parameters.map(([name, value]) => `<ser:${name}>${value}</ser:${name}>`).join('');
  const envelope =
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ser="http://service.ws.um.carbon.wso2.org">' +
    `<soapenv:Header/><soapenv:Body><ser:${operation}>${elements}</ser:${operation}></soapenv:Body></soapenv:Envelope>`;
  return session.apiManager('POST', SERVICE, {
    body: envelope,
    headers: { 'content-type': 'text/xml;charset=UTF-8', soapaction: `"urn:${operation}"` },
  });
}

const EXTERNAL_ID = 'http://wso2.org/claims/externalid';
const claim = (value: string) =>
  `<xsd:claimURI xmlns:xsd="http://common.mgt.user.carbon.wso2.org/xsd">${EXTERNAL_ID}</xsd:claimURI>` +
  `<xsd:value xmlns:xsd="http://common.mgt.user.carbon.wso2.org/xsd">${value}</xsd:value>`;

const values = ({ body }: Answer): string[] =>
  [...String(body).matchAll(/<(?:\w+:)?return[^>]*>([^<]*)</g)].map(([, value]) => value ?? '');

async function addUser(
  session: Session,
  roles: readonly string[],
  mark?: string,
): Promise<{ answer: Answer; user: Account }> {
  const user = { username: session.name(), password: `Aa1-${session.name()}` };
  const answer = await soap(session, 'addUser', [
    ['userName', user.username],
    ['credential', user.password],
    ...roles.map((role): [string, string] => ['roleList', role]),
    ...(mark === undefined ? [] : [['claims', claim(mark)] as [string, string]]),
    ['profileName', 'default'],
    ['requirePasswordChange', 'false'],
  ]);
  session.cleanUp(() => soap(session, 'deleteUser', [['userName', user.username]]));
  return { answer, user };
}

const register = (session: Session, clientName: string, as: Account) =>
  session.apiManager('POST', '/client-registration/v0.17/register', {
    body: { clientName, owner: as.username, grantType: 'password', callbackUrl: 'https://localhost', saasApp: true },
    as,
  });

/** API Manager's users, whom it manages by SOAP, and what their roles open. */
export const users: Probe[] = probes('api-manager', [
  {
    id: 'api-manager-has-no-scim2',
    fact: 'API Manager serves no SCIM 2: its users are managed by SOAP.',
    source: 'product-apim p2 profile (no such feature)',
    expect: false,
    run: async (session) => (await session.apiManager('GET', '/scim2/Users')).status === 200,
  },
  {
    id: 'user-store-service-answers',
    fact: 'RemoteUserStoreManagerService reports whether a user exists.',
    source: 'WSO2 suite (TenantUserProvisioner)',
    expect: { status: 200, administrator: ['true'], nobody: ['false'] },
    async run(session) {
      const { username } = session.administrator;
      const known = await soap(session, 'isExistingUser', [['userName', username]]);
      const unknown = await soap(session, 'isExistingUser', [['userName', session.name()]]);
      return { status: known.status, administrator: values(known), nobody: values(unknown) };
    },
  },
  {
    id: 'user-store-writes-answer-202',
    fact: 'addUser answers 202 with an empty body, and the user is there.',
    source: 'WSO2 suite (void operations)',
    expect: { status: 202, body: '', exists: ['true'] },
    async run(session) {
      const { answer, user } = await addUser(session, ['Internal/subscriber']);
      const asked = await soap(session, 'isExistingUser', [['userName', user.username]]);
      return { status: answer.status, body: String(answer.body ?? ''), exists: values(asked) };
    },
  },
  {
    id: 'user-store-refusals-answer-202',
    fact: 'Adding an existing user answers 202 as well.',
    source: 'WSO2 suite for addRole; real servers',
    expect: 202,
    // A fault: 30004.
    otherwise: [{ before: '4.3', found: 500 }],
    async run(session) {
      const { user } = await addUser(session, []);
      const again: [string, string][] = [
        ['userName', user.username],
        ['credential', user.password],
        ['profileName', 'default'],
        ['requirePasswordChange', 'false'],
      ];
      return (await soap(session, 'addUser', again)).status;
    },
  },
  {
    id: 'client-names-are-their-owners',
    fact: 'The name of a REST client belongs to one owner in the whole tenant: another user who registers it gets 403.',
    source: 'carbon-apimgt RegistrationServiceImpl; api-manager 4495 (4493: 4.4.0 gave away an administrator’s)',
    expect: { status: 403, description: 'Access is forbidden to the application' },
    // It is given away.
    otherwise: [{ before: '4.3', found: { status: 200, description: '' } }],
    async run(session) {
      await session.token('apim:api_view');
      const { user } = await addUser(session, ['Internal/subscriber']);
      const { status, body } = await register(session, CLIENT, user);
      return { status, description: body.description ?? '' };
    },
  },
  {
    id: 'users-register-clients-of-their-own',
    fact: 'A user without an administrator’s role registers a REST client of its own: 200, and it gets a token by it.',
    source: 'carbon-apimgt RegistrationServiceImpl',
    // It stays: client registration has no removal.
    destructive: true,
    expect: { status: 200, token: 200 },
    async run(session) {
      const { user } = await addUser(session, ['Internal/subscriber']);
      const { status, body: client } = await register(session, session.name(), user);
      const token = await session.apiManager('POST', '/oauth2/token', {
        body: new URLSearchParams({ grant_type: 'password', ...user, scope: 'apim:subscribe' }),
        as: { username: client.clientId, password: client.clientSecret },
      });
      return { status, token: token.status };
    },
  },
  {
    id: 'subscriber-gets-the-scopes-of-subscribers',
    fact: 'A user with Internal/subscriber gets apim:subscribe, apim:app_manage and apim:sub_manage, and neither apim:api_create nor apim:admin.',
    source: 'carbon-apimgt tenant-conf.json',
    expect: ['apim:app_manage', 'apim:sub_manage', 'apim:subscribe'],
    async run(session) {
      const { user } = await addUser(session, ['Internal/subscriber']);
      const asked = 'apim:subscribe apim:app_manage apim:sub_manage apim:api_create apim:admin';
      return (await session.token(asked, user)).scope.split(' ').sort();
    },
  },
  {
    id: 'creator-and-publisher-may-not-manage',
    fact: 'Internal/creator with Internal/publisher opens viewing, creating, publishing, deleting and policies, but not apim:api_manage.',
    source: 'carbon-apimgt tenant-conf.json',
    expect: ['apim:api_create', 'apim:api_delete', 'apim:api_publish', 'apim:api_view', 'apim:mediation_policy_create'],
    async run(session) {
      const { user } = await addUser(session, ['Internal/creator', 'Internal/publisher']);
      const asked =
        'apim:api_view apim:api_create apim:api_publish apim:api_delete apim:api_manage apim:mediation_policy_create';
      return (await session.token(asked, user)).scope.split(' ').sort();
    },
  },
  {
    id: 'creator-and-publisher-make-policies',
    fact: "A user with Internal/creator and Internal/publisher creates an API's policy: 201.",
    source: 'carbon-apimgt tenant-conf.json; the toolkit met 401 as publisher alone',
    expect: 201,
    async run(session) {
      const { id } = await madeApi(session);
      const { user } = await addUser(session, ['Internal/creator', 'Internal/publisher']);
      const { token } = await session.token('apim:api_view apim:mediation_policy_create', user);
      const body = policyForm(specification(session, session.name()));
      const path = `${publisher}/apis/${id}/operation-policies`;
      return (await session.apiManager('POST', path, { body, as: { token } })).status;
    },
  },
  {
    id: 'user-keeps-its-external-id',
    fact: 'addUser keeps the claim http://wso2.org/claims/externalid, and getUserClaimValue gives it back.',
    source: 'carbon-identity-framework claim-config.xml',
    expect: ['made-by-the-probes'],
    async run(session) {
      const { user } = await addUser(session, [], 'made-by-the-probes');
      const parameters: [string, string][] = [
        ['userName', user.username],
        ['claim', EXTERNAL_ID],
        ['profileName', 'default'],
      ];
      return values(await soap(session, 'getUserClaimValue', parameters));
    },
  },
  {
    id: 'password-set-by-administrator-counts-at-once',
    fact: "updateCredentialByAdmin changes a user's password; the old one opens nothing any more.",
    source: 'WSO2 suite (updateCredentialByAdmin)',
    expect: { old: 401, new: 200 },
    async run(session) {
      const { user } = await addUser(session, ['Internal/subscriber']);
      const changed = { ...user, password: `Bb2-${session.name()}` };
      await soap(session, 'updateCredentialByAdmin', [
        ['userName', user.username],
        ['newCredential', changed.password],
      ]);
      const list = (as: Account) => session.apiManager('GET', `${devportal}/applications`, { as });
      const settled = await session.until(
        () => list(changed),
        ({ status }) => status === 200,
      );
      return { old: (await list(user)).status, new: settled.status };
    },
  },
]);
