import type { Attempt, Call } from './attempt.ts';

const clients = '/keymanager-operations/dcr/register';
const scopes = '/api/identity/oauth2/v1.0/scopes';

const guarded: readonly (Pick<Call, 'method' | 'path' | 'body' | 'form'> & { id: string; what: string })[] = [
  { id: 'new-client', what: 'the making of a client', method: 'POST', path: clients, body: {} },
  { id: 'scopes', what: 'scopes', method: 'GET', path: scopes },
  {
    id: 'introspection',
    what: 'introspection',
    method: 'POST',
    path: '/oauth2/introspect',
    form: { token: 'of-nobody' },
  },
];

const intruders: readonly (Pick<Call, 'certificate' | 'authorization' | 'asAdministrator'> & {
  id: string;
  who: string;
  prefix?: string;
})[] = [
  { id: 'certificate', who: "a recipient's certificate and nothing else", certificate: true },
  {
    id: 'certificate-of-administrator',
    who: "a recipient's certificate and the administrator's name",
    certificate: true,
    asAdministrator: true,
  },
  {
    id: 'certificate-and-guess',
    who: "a recipient's certificate and a wrong password",
    certificate: true,
    authorization: 'wrong-password',
  },
  { id: 'word', who: 'the word that WSO2 publishes', authorization: 'published-word' },
  {
    id: 'word-by-tenant',
    who: 'the word that WSO2 publishes, by the name of the tenant',
    authorization: 'published-word',
    prefix: '/t/carbon.super',
  },
];

const portals = ['/api/am/publisher/v4/apis', '/api/am/devportal/v3/applications', '/api/am/admin/v4/key-managers'];

/** Attempts by recipients, and by callers who know WSO2's published secrets, at API Manager's management port and at its gateway. */
export const apiManagerAttempts: readonly Attempt[] = [
  ...intruders.flatMap(({ id, who, prefix = '', ...brought }) =>
    guarded.map(
      ({ id: door, what, path, ...request }): Attempt => ({
        id: `${id}-at-${door}-of-api-manager`,
        attempt: `${who}: ${what} of API Manager`,
        server: 'api-manager',
        door: { call: { ...request, ...brought, path: `${prefix}${path}` } },
        expected: 401,
      }),
    ),
  ),
  ...portals.map(
    (path): Attempt => ({
      id: `token-at-${path.split('/')[3]}`,
      attempt: `a recipient's token: ${path}`,
      server: 'api-manager',
      door: { call: { method: 'GET', path, certificate: true, authorization: 'token' } },
      expected: 401,
    }),
  ),
  // 500 as seen at 4.6.0, which does not find the first tenant by its address.
  ...(
    [
      [clients, 404],
      [`/t/carbon.super${clients}`, 500],
    ] as const
  ).map(
    ([path, expected], index): Attempt => ({
      id: `word-at-the-gateway-${index + 1}`,
      attempt: `the word that WSO2 publishes, at the gateway: ${path}`,
      server: 'gateway',
      door: { call: { method: 'POST', path, certificate: true, authorization: 'published-word', body: {} } },
      expected,
    }),
  ),
];
