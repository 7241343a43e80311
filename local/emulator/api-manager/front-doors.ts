import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOwnApplication } from '../own-application.ts';
import { basicCredentials, basicUser } from './authentication.ts';
import { axis2Answer } from './axis2-services.ts';
import type { Instance } from './instance.ts';
import { formMember } from './request-body.ts';

/** Pages that answer everybody, with nothing of what is behind them; and the statuses of endpoints that are for another method (4.6.0). */
const statuses: Record<string, number> = Object.fromEntries([
  ...[
    ...['/carbon/admin/login.jsp', '/publisher/', '/publisher/services/settings/settings.js', '/devportal/', '/admin/'],
    ...['/accountrecoveryendpoint/register.do', '/authenticationendpoint/login.do'],
    ...['/oidc/checksession', '/logincontext', '/openidserver', '/identity/metadata/saml2'],
    ...['/oauth2/token/.well-known/openid-configuration', '/oauth2/oidcdiscovery/.well-known/openid-configuration'],
    '/t/carbon.super/oauth2/jwks',
  ].map((path) => [path, 200]),
  ...['/oauth2/token', '/oauth2/revoke', '/oauth2/device_authorize', '/client-registration/v0.17/register'].map(
    (path) => [path, 405],
  ),
  ...['/samlsso', '/api/identity/auth/v1.1/authenticate'].map((path) => [path, 405]),
  ['/oauth2/userinfo', 400],
  ['/fileupload', 406],
  ...['/accountrecoveryendpoint/', '/authenticationendpoint/', '/identity/cas/login'].map((path) => [path, 404]),
]);

/** Where everything wants an account, and what is behind it is not all emulated. */
const guarded =
  /^(\/t\/carbon\.super)?\/(api\/(identity|server|am)|internal\/data|keymanager-operations|scim2|registry|oauth\/request-token|oauth2\/introspect)\b/;

/** Of these there is nothing behind the account either (4.2.0, 4.7~): it leads where every unknown path does. */
const absent = /^(\/t\/carbon\.super)?\/(scim2|api\/server)\b/;

const processRegistration = '/accountrecoveryendpoint/processregistration.do';

/** Paths of the management port that this emulator does not implement: their responses to anonymous callers. */
export function frontDoors(app: FastifyInstance, instance: Instance): void {
  const { doors, users } = instance;
  for (const [path, status] of Object.entries(statuses)) {
    app.get(path, async (_request, reply) =>
      reply
        .code(status)
        .type('text/html')
        .send(status === 200 ? path : ''),
    );
  }
  for (const sample of doors.samples) {
    app.get(`/am/sample/${sample}/v1/api/*`, async (_request, reply) => reply.type('application/json').send('{}'));
  }
  // The page says 200 whether it makes the account or not (4.6.0); the names of the form's fields are its own.
  app.post(processRegistration, async (request, reply) => {
    const [username, password] = [formMember(request, 'username'), formMember(request, 'password')];
    if (doors.selfSignUp && username && password && users.find(username) === undefined) {
      users.add({ username, password, roles: ['Internal/subscriber'] });
    }
    return reply.type('text/html').send('');
  });
}

/** What a path gets that no route is for; undefined where nothing is known of it. */
export async function answeredAtTheDoor(
  request: FastifyRequest,
  reply: FastifyReply,
  instance: Instance,
): Promise<FastifyReply | undefined> {
  const { method, url } = request;
  const soap = axis2Answer(instance.doors, 'management', method, url);
  if (soap) return reply.code(soap.status).type(soap.contentType).send(soap.body);
  if (!guarded.test(url)) return undefined;
  if (!(await isSomebody(request, instance))) {
    return reply.code(401).send({ code: 401, message: 'Unauthorized', description: 'Unauthorized' });
  }
  if (absent.test(url)) return undefined;
  return reply.code(501).send({ code: 501, message: 'Not emulated', description: `${method} ${url} is not emulated.` });
}

async function isSomebody(request: FastifyRequest, { users, tokens, ownApplication }: Instance): Promise<boolean> {
  const { authorization = '' } = request.headers;
  if (isOwnApplication(authorization, ownApplication)) return true;
  if (basicCredentials(request) !== undefined) return basicUser(request, users) !== undefined;
  const [, token] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
  return token !== undefined && (await tokens.verify(token)) !== undefined;
}
