import { allOf, type ExposedPath } from './exposed-path.ts';
import { soapServicesOf } from './soap-services.ts';

/** Where people of the developer portal, and dcr-service among them, are at home. */
const athome = { 'a portal user': 'page', 'a technical user': 'page' } as const;
/** For an account of some kind nothing is known but that it is no business of strangers. */
const ownAffairs = { 'a portal user': ['page', 'refused'], 'a technical user': ['page', 'refused'] } as const;

/** What management of API Manager answers with the baseline on; for nobody as 4.6.0 answered without it, unless a row of it says otherwise. */
export const apiManagerPaths: readonly ExposedPath[] = [
  ...allOf('/ /carbon/ /nothing-of-this-name', { expected: 'login' }),
  ...allOf('/devportal/services/configs', { expected: 'login', edge: true }),
  // Pages, with nothing of what is behind them.
  ...allOf(
    `/carbon/admin/login.jsp /publisher/ /publisher/services/settings/settings.js /devportal/ /admin/
     /accountrecoveryendpoint/register.do /authenticationendpoint/login.do /oidc/checksession /logincontext /openidserver
     /identity/metadata/saml2`,
    { expected: 'page', edge: true },
  ),
  ...allOf('/accountrecoveryendpoint/ /authenticationendpoint/ /identity/cas/login', { expected: 'refused' }),
  // The sample applications are taken away.
  ...allOf('/am/sample/calculator/v1/api/add /am/sample/pizzashack/v1/api/menu', { expected: ['login', 'refused'] }),

  // The three REST APIs: what they are set to is told to everybody who asks without a token.
  ...allOf('/api/am/publisher/v4/settings /api/am/admin/v4/settings', {
    expected: 'page',
    edge: true,
    but: {
      "a recipient's token": 'refused',
      "a person's token": 'refused',
      'a portal user': 'refused',
      'a technical user': 'refused',
      'the published constant': ['page', 'refused'],
    },
  }),
  ...allOf('/api/am/devportal/v3/settings', {
    expected: 'page',
    edge: true,
    but: {
      "a recipient's token": 'refused',
      "a person's token": 'refused',
      'the published constant': ['page', 'refused'],
    },
  }),
  ...allOf('/api/am/devportal/v3/apis', {
    expected: 'refused',
    // What it lists is open to every account.
    but: { ...athome, "a person's token": ['page', 'refused'] },
  }),
  ...allOf('/api/am/devportal/v3/applications', { expected: 'refused', but: athome }),
  ...allOf('/api/am/devportal/v3/tags /api/am/devportal/v3/sdk-gen/languages /api/am/devportal/apis', {
    expected: 'refused',
    but: { ...ownAffairs, "a person's token": ['page', 'refused'] },
  }),
  ...allOf(
    `/api/am/publisher/v4/apis /api/am/publisher/apis /api/am/admin/v4/key-managers /api/am/admin/key-managers
     /api/am/devops/v0/tenant-logs/carbon.super/apis /api/am/service-catalog/v1/services
     /internal/data/v1/apis /internal/data/v1/keymanagers /internal/data/v1/subscriptions
     /keymanager-operations/user-info/claims`,
    { expected: 'refused' },
  ),
  // Of Identity Server's it has nothing there: an account is led to the console's login.
  ...allOf('/scim2/Users /api/server/v1/applications', { expected: ['refused', 'login'] }),
  ...allOf('/api/am/governance/v1/policies /api/am/governance/v1/rulesets', { since: '4.6', expected: 'refused' }),
  ...allOf('/api/am/gateway/v2/server-startup-healthcheck', {
    since: '4.6',
    expected: ['page', 'refused'],
    edge: true,
  }),
  ...allOf('/api/am/gateway/v2/server-startup-healthcheck', {
    before: '4.6',
    expected: 'refused',
    but: athome,
  }),
  ...allOf('/api/am/gateway/v2/api-artifact?apiName=of-nobody&version=1', {
    expected: 'refused',
    but: ownAffairs,
  }),
  { path: '/keymanager-operations/dcr/register', method: 'POST', body: {}, expected: 'refused' },
  { path: '/client-registration/v0.17/register', expected: [405, 'refused'], edge: true },

  // What it has of Identity Server.
  ...allOf('/api/identity/oauth2/dcr/v1.1/register /api/identity/oauth2/v1.0/scopes', { expected: 'refused' }),
  ...allOf('/api/identity/auth/v1.1/authenticate', { since: '4.6', expected: 405, edge: true }),
  ...allOf('/api/identity/auth/v1.1/context/of-nobody', { since: '4.6', expected: 'refused' }),
  ...allOf(
    `/api/identity/consent-mgt/v1.0/consents /api/identity/recovery/v0.9/captcha /api/identity/recovery/v0.9/claims`,
    { expected: 'refused' },
  ),
  ...allOf('/oauth2/jwks', { expected: 'page' }),
  ...allOf('/oauth2/token/.well-known/openid-configuration /oauth2/oidcdiscovery/.well-known/openid-configuration', {
    expected: 'page',
    edge: true,
  }),
  ...allOf('/oauth2/token /oauth2/revoke /oauth2/device_authorize', { expected: 405, edge: true }),
  { path: '/oauth2/authorize', expected: ['login', 'refused'], edge: true },
  { path: '/oauth2/introspect', method: 'POST', form: { token: 'of-nobody' }, expected: 'refused' },
  { path: '/oauth2/userinfo', expected: [400, 'refused'], edge: true },
  ...allOf('/oidc/logout /commonauth /samlartresolve /passivests /openid /acs /filedownload /wso2/scim/Users', {
    expected: 'login',
    edge: true,
  }),
  ...allOf('/samlsso', { expected: 405, edge: true }),
  { path: '/t/other.example/carbon/', expected: ['login', 'refused'] },
  // To an account: what its own attributes are.
  ...allOf('/api/identity/user/v1.0/me', {
    expected: 'refused',
    but: Object.fromEntries(
      ['a portal user', 'a technical user', "a person's token"].map((who) => [who, ['page', 'refused']]),
    ),
  }),
  ...allOf('/oauth/request-token', { expected: [400, 500, 'refused'] }),
  ...allOf('/registry/resource/', { expected: 'refused' }),
  // To accounts: the feed of a registry that nothing here uses.
  ...allOf('/registry/atom', {
    expected: 'refused',
    but: { 'a portal user': ['page', 'refused'], 'a technical user': ['page', 'refused'] },
  }),
  { path: '/fileupload', expected: [406, 'refused'] },

  // SOAP services are below a path of the stack's own: their usual one leads to the console's login.
  ...allOf(
    '/services /services/ /services/Version /services/AuthenticationAdmin /services/RemoteUserStoreManagerService',
    {
      expected: ['login', 'refused', 405],
    },
  ),
  ...soapServicesOf('api-manager').map(
    ({ name, ...versions }): ExposedPath => ({
      path: `/services/${name}?wsdl`,
      ...versions,
      expected: ['login', 'refused'],
    }),
  ),
];

/** What the gateway serves of its own: the API, to who has a recipient's token and certificate. */
export const gatewayPaths: readonly ExposedPath[] = [
  { path: '/open-banking/0.2/register/{clientId}', expected: 'refused', but: { "a recipient's token": 'page' } },
];
