import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { UserStore } from '../user-store.ts';
import { acceleratorRegistrationPath } from './accelerator-registration.ts';
import type { Authenticate } from './authentication.ts';
import { forbidden, unauthorized } from './authorization.ts';

/** What answers everybody though nothing of this emulator is behind it: its status for a GET (7.1.0). */
const statuses: Record<string, number> = Object.fromEntries([
  ...[
    ...['/carbon/admin/login.jsp', '/console/', '/myaccount/', '/mex/metadata.xml'],
    ...['/accountrecoveryendpoint/register.do', '/accountrecoveryendpoint/recoveraccountrouter.do'],
    ...['/authenticationendpoint/login.do', '/scim2/ResourceTypes', '/scim2/ServiceProviderConfig'],
    ...['/api/server/v1/admin-advisory-management/banner', '/api/server/v1/validation-rules'],
    ...['/api/server/v1/meta/api-resource-collections', '/.well-known/trusted-apps/android'],
    ...['/oidc/checksession', '/logincontext', '/openidserver', '/identity/metadata/saml2', '/registry/tags'],
  ].map((path) => [path, 200]),
  ...['/', '/carbon/', '/commonauth', '/samlsso', '/passivests', '/filedownload'].map((path) => [path, 302]),
  ...['/.well-known/webfinger', '/identity/extend-session'].map((path) => [path, 400]),
  ...['/accountrecoveryendpoint/', '/authenticationendpoint/', '/x509certificateauthenticationendpoint/', '/mex/'].map(
    (path) => [path, 404],
  ),
  ...['/mexut/', '/oauth2/token/.well-known/oauth-authorization-server', '/oauth2/authn/x'].map((path) => [path, 404]),
  ...['/api/server/v1/branding-preference', '/identity/cas/login', '/identity/saml/slo'].map((path) => [path, 404]),
  ...['/oauth2/revoke', '/oauth2/device', '/oauth2/device_authorize', '/api/identity/auth/v1.1/authenticate'].map(
    (path) => [path, 405],
  ),
  ...['/services', '/services/Version', '/samlartresolve', '/x509-certificate-servlet', '/iwa-kerberos'].map((path) => [
    path,
    500,
  ]),
]);

/** The only SOAP services that serve their WSDL. */
const outspoken = ['AuthenticationAdmin', 'PackageInfoService', 'SAMLQueryService', 'mex-ut', 'mex-ut2'];

interface Parts {
  authenticate: Authenticate;
  users: UserStore;
  /** Those of them that want a permission which nobody has (7.1.0). */
  guarded: readonly RegExp[];
}

/** The doors behind which nothing of this emulator is, and what everything else gets: 401 without an account, 501 with one. */
export const frontDoors =
  ({ authenticate, users, guarded }: Parts) =>
  async (app: FastifyInstance): Promise<void> => {
    app.addHook('onRequest', async (request, reply) => {
      const [path = ''] = request.url.split('?');
      if (!guarded.some((pattern) => pattern.test(path))) return;
      const caller = await authenticate(request);
      if (caller.kind === 'user') return forbidden(request, reply);
      return unauthorized(request, reply, { unasked: caller.kind === 'nobody' && caller.unasked });
    });
    for (const [path, status] of Object.entries(statuses)) {
      app.get(path, async (_request, reply) => {
        if (status === 302) reply.header('location', '/authenticationendpoint/retry.do');
        return reply.code(status).type('text/html').send('');
      });
    }
    app.get<{ Params: { service: string } }>('/services/:service', async ({ params: { service }, url }, reply) => {
      if (!url.endsWith('?wsdl')) return reply.code(500).send();
      return outspoken.includes(service) ? reply.type('text/xml').send('<definitions/>') : reply.code(403).send();
    });
    // Every caller that reaches it learns whether a password is right.
    app.addContentTypeParser('text/xml', { parseAs: 'string' }, async (_request: unknown, body: string) => body);
    app.post('/services/AuthenticationAdmin', async ({ body }, reply) => {
      const member = (name: string) => new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`).exec(String(body))?.[1] ?? '';
      const right = users.verify(member('username'), member('password')) !== undefined;
      return reply.type('text/xml').send(`<loginResponse><return>${right}</return></loginResponse>`);
    });
    app.setNotFoundHandler((request, reply) => unserved(request, reply, authenticate));
  };

async function unserved(request: FastifyRequest, reply: FastifyReply, authenticate: Authenticate) {
  const caller = await authenticate(request);
  if (caller.kind === 'nobody') return unauthorized(request, reply, caller);
  const { method, url } = request;
  // A stock server has no such application.
  if (url.startsWith(acceleratorRegistrationPath)) return reply.code(404).send();
  return reply.code(501).send({ code: 501, message: 'Not emulated', description: `${method} ${url} is not emulated.` });
}
