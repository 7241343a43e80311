import { allOf, type ExposedPath } from './exposed-path.ts';
import { soapServicesOf } from './soap-services.ts';

/** REST APIs below `/api/server/v1`, by the paths of their classes in 7.1.0. */
const serverApis = `actions admin-advisory-management api-resources applications authenticators certificate-validation
  claim-dialects configs cors email/template-types extensions/authenticators guests/invite identity-governance
  identity-providers idv-providers keystores/certs notification/templates notification-senders offline-invite-link
  oidc/scopes organization-configs organizations password-expired-users permission-management/permissions roles rules/metadata
  scopes script-libraries secret-type secrets/IDP_SECRET_PROPERTIES self-service/preferences tenants trusted-token-issuers
  userstores authorization-details-types users`;

const personalApis = `authorized-apps federated-associations sessions totp idv/claims push/devices webauthn backup-codes`;

/** What Identity Server answers with the baseline on; for nobody as 7.1.0 answered. */
export const identityServerPaths: readonly ExposedPath[] = [
  ...allOf('/ /carbon/', { expected: 'login', edge: true }),
  // Console and My Account cannot be turned off.
  ...allOf(
    `/carbon/admin/login.jsp /console/ /myaccount/ /accountrecoveryendpoint/register.do
     /accountrecoveryendpoint/recoveraccountrouter.do /scim2/ResourceTypes /scim2/ServiceProviderConfig
     /api/server/v1/admin-advisory-management/banner /api/server/v1/validation-rules
     /api/server/v1/meta/api-resource-collections /.well-known/trusted-apps/android /identity/metadata/saml2
     /logincontext`,
    { since: '7.0', expected: 'page', edge: true },
  ),
  ...allOf(
    `/accountrecoveryendpoint/ /authenticationendpoint/ /x509certificateauthenticationendpoint/ /mex/ /mexut/
     /oauth2/token/.well-known/oauth-authorization-server /oauth2/authn/of-nobody /api/server/v1/branding-preference
     /identity/cas/login /identity/saml/slo`,
    { since: '7.0', expected: 'refused', but: { 'a portal user': 'refused' } },
  ),
  // What recipients and browsers need.
  ...allOf(
    `/authenticationendpoint/login.do /oidc/checksession /oauth2/jwks /oauth2/token/.well-known/openid-configuration
     /oauth2/oidcdiscovery/.well-known/openid-configuration /api/health-check/v1.0/health`,
    { expected: 'page' },
  ),
  { path: '/oauth2/token', method: 'POST', form: { grant_type: 'client_credentials' }, expected: [400, 'refused'] },
  { path: '/oauth2/revoke', method: 'POST', form: { token: 'of-nobody' }, expected: [400, 'refused'] },
  { path: '/oauth2/par', method: 'POST', form: {}, since: '7.0', expected: [400, 'refused'] },
  { path: '/oauth2/authorize', expected: ['login', 400] },
  { path: '/oauth2/userinfo', expected: [400, 'refused'] },
  { path: '/oidc/logout', expected: ['login', 'page'] },
  {
    path: '/oauth2/introspect',
    method: 'POST',
    form: { token: 'of-nobody' },
    expected: 'refused',
    // dcr-service asks about recipients' tokens.
    but: { 'a technical user': 'page' },
  },
  ...allOf('/oauth2/ciba', { since: '7.0', expected: 'refused' }),
  ...allOf('/oauth2/device', { since: '7.0', expected: 405, edge: true }),
  ...allOf('/oauth2/device_authorize', { since: '7.0', expected: 'refused' }),
  { path: '/api/identity/auth/v1.1/authenticate', since: '7.0', expected: 405, edge: true },

  // Management.
  ...allOf('/scim2/Users /scim2/Groups /scim2/Bulk /scim2/o/Users /o/scim2/Users /wso2/', {
    expected: 'refused',
  }),
  // To every account and token: what attributes users have, and what one's own are.
  ...[{ path: '/scim2/Schemas' }, { path: '/api/identity/user/v1.0/me', since: '7.0' }].map(
    (row): ExposedPath => ({
      ...row,
      expected: 'refused',
      but: { 'a technical user': ['page', 'refused'], "a recipient's token": ['page', 'refused'] },
    }),
  ),
  ...allOf('/wso2/scim/Users', {
    expected: 'refused',
    but: { 'a technical user': [500, 'refused'], "a recipient's token": [500, 'refused'] },
  }),
  ...allOf('/scim2/Me', { expected: 'refused', but: { 'a technical user': ['page', 'refused'] } }),
  ...allOf('/scim2/v2/Roles', { since: '7.0', expected: 'refused', but: { 'a technical user': ['page', 'refused'] } }),
  ...allOf('/scim2/Roles', { before: '7.0', expected: 'refused', but: { 'a technical user': ['page', 'refused'] } }),
  ...serverApis.split(/\s+/).map(
    (api): ExposedPath => ({
      path: `/api/server/v1/${api}`,
      since: '7.0',
      expected: 'refused',
      // It finds the recipients' applications, and authorizes them for scopes.
      but: { 'a technical user': ['page', 'refused'] },
    }),
  ),
  ...personalApis.split(/\s+/).map(
    (api): ExposedPath => ({
      path: `/api/users/v1/me/${api}`,
      since: '7.0',
      expected: 'refused',
      but: { 'a technical user': ['page', 'refused', ...(api === 'authorized-apps' ? [500] : [])] },
    }),
  ),
  ...allOf(
    `/api/ /api/server/v1/ /api/server/v2/organizations /o/api/server/v1/applications /api/users/v2/recovery
     /api/users/v1/recovery/username/init /api/identity/auth/v1.1/data/of-nobody /api/identity/auth/v1.1/context/of-nobody
     /api/identity/config-mgt/v1.0/search /api/identity/config-mgt/v1.0/resource-type
     /api/identity/recovery/v0.9/captcha /api/identity/recovery/v0.9/claims
     /api/identity/user/v1.0/pi-info /api/identity/media/v1.0/public/of-nobody
     /api/idle-account-identification/v1/inactive-users /api/server/v1/keystores/certs/public/of-nobody
     /identity/oidc/slo /fileupload /registry/resource/ /registry/atom /push-auth/authenticate`,
    { since: '7.0', expected: 'refused' },
  ),
  ...allOf('/api/identity/consent-mgt/v1.0/consents', {
    since: '7.0',
    expected: 'refused',
    but: { 'a technical user': ['page', 'refused'] },
  }),
  ...allOf('/api/identity/oauth2/dcr/v1.1/register', { expected: 'refused', but: { 'a technical user': 400 } }),
  // What the Open Banking accelerator brings.
  ...allOf('/keymanager-operations/dcr/register /api/openbanking/dynamic-client-registration/register', {
    before: '7.0',
    method: 'POST',
    body: {},
    expected: 'refused',
    but: { 'a technical user': [400, 500, 'refused'] },
  }),
  ...allOf('/api/identity/oauth2/v1.0/scopes', {
    expected: 'refused',
    but: { 'a technical user': ['page', 'refused'] },
  }),

  // Other protocols, which nothing here uses.
  ...allOf('/commonauth /samlsso /passivests /filedownload', { since: '7.0', expected: 'login', edge: true }),
  ...allOf('/.well-known/webfinger /identity/extend-session', { since: '7.0', expected: 400, edge: true }),
  ...allOf('/samlartresolve', { since: '7.0', expected: [500, 'page'], edge: true }),
  ...allOf('/x509-certificate-servlet /iwa-kerberos', { since: '7.0', expected: 500, edge: true }),
  ...allOf('/oauth/request-token', { since: '7.0', expected: ['refused', 500] }),

  ...allOf('/mex/metadata.xml /openidserver /registry/tags', { since: '7.0', expected: 'refused' }),

  // SOAP: nothing moves it away here, and rules demand an account.
  ...allOf('/services', { since: '7.0', expected: 500, edge: true }),
  ...allOf('/services/Version', { since: '7.0', expected: 'refused' }),
  ...soapServicesOf('identity-server').map(
    ({ name, ...versions }): ExposedPath => ({
      path: `/services/${name}?wsdl`,
      since: '7.0',
      ...versions,
      expected: 'refused',
    }),
  ),
];
