import type { Attempt, Call } from './attempt.ts';
import { beyondTheStatement } from './beyond-the-statement.ts';

/** Something that only an administrator, or a user with a role for it, may do. What is sent changes nothing where it is let in. */
interface Guarded extends Pick<Call, 'method' | 'path' | 'body' | 'form'> {
  id: string;
  what: string;
  since?: string;
}

const guarded: readonly Guarded[] = [
  { id: 'users', what: 'all users', method: 'GET', path: '/scim2/Users' },
  { id: 'new-user', what: 'the making of a user', method: 'POST', path: '/scim2/Users', body: {} },
  { id: 'roles', what: 'all roles', method: 'GET', path: '/scim2/v2/Roles', since: '7.0' },
  { id: 'applications', what: 'all applications', method: 'GET', path: '/api/server/v1/applications' },
  { id: 'providers', what: 'identity providers', method: 'GET', path: '/api/server/v1/identity-providers' },
  { id: 'governance', what: 'identity governance', method: 'GET', path: '/api/server/v1/identity-governance' },
  { id: 'api-resources', what: 'API resources', method: 'GET', path: '/api/server/v1/api-resources', since: '7.0' },
  {
    id: 'authorized-apis',
    what: 'what applications are authorized for',
    method: 'GET',
    path: '/api/server/v1/applications/{clientId}/authorized-apis',
    since: '7.0',
  },
  {
    id: 'new-authorization',
    what: 'an authorization for itself',
    method: 'POST',
    path: '/api/server/v1/applications/{clientId}/authorized-apis',
    body: {},
    since: '7.0',
  },
  { id: 'scopes', what: 'scopes', method: 'GET', path: '/api/identity/oauth2/v1.0/scopes' },
  {
    id: 'client',
    what: "a client's registration and secret",
    method: 'GET',
    path: '/api/identity/oauth2/dcr/v1.1/register/{clientId}',
  },
  {
    id: 'new-client',
    what: 'the making of a client',
    method: 'POST',
    path: '/api/identity/oauth2/dcr/v1.1/register',
    body: {},
  },
  {
    id: 'introspection',
    what: 'introspection',
    method: 'POST',
    path: '/oauth2/introspect',
    form: { token: 'of-nobody' },
  },
];

/** The callers with their credentials, and the expected response to each. */
interface Intruder extends Pick<Call, 'certificate' | 'authorization' | 'asAdministrator'> {
  id: string;
  who: string;
  prefix?: string;
  expected: number;
}

const intruders: readonly Intruder[] = [
  { id: 'certificate', who: "a recipient's certificate and nothing else", certificate: true, expected: 401 },
  {
    id: 'certificate-of-administrator',
    who: "a recipient's certificate and the administrator's name",
    certificate: true,
    asAdministrator: true,
    expected: 401,
  },
  {
    id: 'certificate-and-guess',
    who: "a recipient's certificate and a wrong password",
    certificate: true,
    authorization: 'wrong-password',
    expected: 401,
  },
  { id: 'word', who: 'the word that WSO2 publishes', authorization: 'published-word', expected: 401 },
  {
    id: 'word-by-tenant',
    who: 'the word that WSO2 publishes, by the name of the tenant',
    authorization: 'published-word',
    prefix: '/t/carbon.super',
    expected: 401,
  },
  {
    id: 'token',
    who: "a recipient's token, with its certificate",
    certificate: true,
    authorization: 'token',
    expected: 403,
  },
  { id: 'stolen-token', who: "a recipient's token without its certificate", authorization: 'token', expected: 401 },
];

const atManagement: readonly Attempt[] = intruders.flatMap(({ id, who, prefix = '', expected, ...brought }) =>
  guarded.map(({ id: door, what, since, path, ...request }) => ({
    id: `${id}-at-${door}`,
    attempt: `${who}: ${what}`,
    server: 'identity-server' as const,
    door: { call: { ...request, ...brought, path: `${prefix}${path}` } },
    ...(since === undefined ? {} : { versions: { since } }),
    expected,
  })),
);

const users: Call = { method: 'GET', path: '/scim2/Users', certificate: true };

/** Identity Server 6.1 knows no list of scopes that clients may have. */
const grantsAnyScope = (scope: string) => [
  {
    before: '7.0',
    expected: { granted: [scope] },
    productLimit:
      '6.1 grants any scope that is not its own, so code that reads scopes has to look at the subscription as well',
  },
];

const atTokens: readonly Attempt[] = [
  ...[
    ['list-of-users', 'internal_user_mgt_list'],
    ['change-of-roles', 'internal_role_mgt_update internal_role_mgt_create'],
    ['applications', 'internal_application_mgt_view internal_application_mgt_update'],
    ['introspection', 'internal_oauth2_introspect'],
    ['login', 'internal_login'],
    ['system', 'SYSTEM'],
    ['console', 'console:users'],
  ].map(
    ([id = '', scope = '']): Attempt => ({
      id: `scope-of-${id}`,
      attempt: `a recipient asks for the scope ${scope}`,
      server: 'identity-server',
      door: { scope },
      expected: { granted: [] },
    }),
  ),
  ...['abuse:scope_of_no_api', 'cdr:registration.all'].map(
    (scope): Attempt => ({
      id: `scope-${scope.replace(/\W+/g, '-')}`,
      attempt: `a recipient asks for the scope ${scope}, which is of no API`,
      server: 'identity-server',
      door: { scope },
      expected: { granted: [] },
      otherwise: grantsAnyScope(scope),
    }),
  ),
  {
    id: 'scope-of-this-holder-beyond-the-statement',
    attempt: "a recipient asks for a scope that this data holder offers and the recipient's statement does not have",
    server: 'identity-server',
    door: { scope: beyondTheStatement },
    expected: { granted: [] },
    otherwise: grantsAnyScope(beyondTheStatement),
  },
  {
    id: 'token-for-users-at-users',
    attempt: 'a recipient goes to all users with a token for which it asked the scope of them',
    server: 'identity-server',
    door: { scope: 'internal_user_mgt_list cdr:registration', opens: users },
    expected: 403,
  },
  {
    id: 'assertion-at-introspection',
    attempt: "a recipient's client asks about a token as itself",
    server: 'identity-server',
    door: {
      call: {
        method: 'POST',
        path: '/oauth2/introspect',
        certificate: true,
        form: { token: 'of-nobody' },
        asClient: true,
      },
    },
    expected: 401,
  },
  {
    id: 'revocation-of-anothers-token',
    attempt: "a recipient ends another recipient's token",
    server: 'identity-server',
    door: { revokes: "another recipient's token" },
    expected: 401,
  },
];

/** Attempts by recipients, and by callers who know WSO2's published secrets, at Identity Server. */
export const identityServerAttempts: readonly Attempt[] = [...atManagement, ...atTokens];
