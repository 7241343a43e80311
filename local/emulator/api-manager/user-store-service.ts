import { XMLParser } from 'fast-xml-parser';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { basicUser } from './authentication.ts';
import type { Instance } from './instance.ts';
import { INTERNAL_ROLES } from './rest-api-roles.ts';

/** What an operation was called with: each parameter as often as it was sent. */
type Parameters = Record<string, string[]>;

const EXTERNAL_ID = 'http://wso2.org/claims/externalid';

/** Why an operation failed, in the words of the product's user store. */
class UserStoreFault extends Error {}

const ROLES: readonly string[] = ['admin', 'Internal/everyone', ...INTERNAL_ROLES];

/** `UsernameJavaRegEx` and `PasswordJavaRegEx` of the primary user store, as the product ships them. */
const USERNAME = /^[\S]{3,30}$/;
const PASSWORD = /^[\S]{5,30}$/;

/**
 * `RemoteUserStoreManagerService`, SOAP 1.1: API Manager has no SCIM 2 of its own, this is the way to its users that
 * the product's black-box suite takes. Operations that give nothing back answer 202 with an empty body, done or not.
 */
export function userStoreService(app: FastifyInstance, { users, quirks, doors }: Instance): void {
  app.addContentTypeParser(
    ['text/xml', 'application/soap+xml'],
    { parseAs: 'string' },
    async (_: unknown, xml: string) => xml,
  );

  const requireUser = (username = '') => {
    if (users.find(username) === undefined)
      throw new UserStoreFault(`30007 - UserNotFound: User ${username} does not exist in: PRIMARY`);
  };
  const requireRoles = (roles: readonly string[]) => {
    const unknown = roles.find((role) => !ROLES.includes(role));
    if (unknown !== undefined) throw new UserStoreFault(`30009 - InvalidRole: Role ${unknown} does not exist`);
  };
  const requirePassword = (password: string) => {
    if (!PASSWORD.test(password)) {
      throw new UserStoreFault(
        `31301 - Credential not valid. Credential must be a non null string with following format, ${PASSWORD.source}`,
      );
    }
  };

  /** What gives something back. */
  const questions: Record<string, (sent: Parameters) => readonly string[]> = {
    listUsers: () => users.list().map(({ username }) => username),
    isExistingUser: ({ userName }) => [String(users.find(userName?.[0] ?? '') !== undefined)],
    isExistingRole: ({ roleName }) => [String(ROLES.includes(roleName?.[0] ?? ''))],
    getRoleNames: () => ROLES,
    getUserClaimValue({ userName: [username = ''] = [], claim: [claim = ''] = [] }) {
      requireUser(username);
      const value = claim === EXTERNAL_ID ? users.find(username)?.externalId : undefined;
      return value === undefined ? [] : [value];
    },
    // For any name at all the answer begins with Internal/everyone: it proves no user.
    getRoleListOfUser: ({ userName }) => ['Internal/everyone', ...(users.find(userName?.[0] ?? '')?.roles ?? [])],
    authenticate: ({ userName, credential }) => [
      String(users.verify(userName?.[0] ?? '', credential?.[0] ?? '') !== undefined),
    ],
  };

  const commands: Record<string, (sent: Parameters) => void> = {
    addUser({ userName: [username = ''] = [], credential: [password = ''] = [], roleList = [], ...others }) {
      if (users.find(username) !== undefined) {
        throw new UserStoreFault(
          'UserAlreadyExisting:Username already exists in the system. Please pick another username.',
        );
      }
      if (!USERNAME.test(username))
        throw new UserStoreFault(
          `31301 - Username ${username} is not valid. User name must be a non null string with following format, ${USERNAME.source}`,
        );
      requirePassword(password);
      requireRoles(roleList);
      const mark = others.claimURI?.indexOf(EXTERNAL_ID) ?? -1;
      users.add({
        username,
        password,
        roles: roleList.filter((role) => role !== 'Internal/everyone'),
        externalId: others.value?.[mark],
      });
    },
    deleteUser({ userName: [username = ''] = [] }) {
      requireUser(username);
      if (username === users.administrator) throw new UserStoreFault('Cannot delete admin user');
      users.remove(username);
    },
    updateCredentialByAdmin({ userName: [username = ''] = [], newCredential: [password = ''] = [] }) {
      requireUser(username);
      requirePassword(password);
      users.setPassword(username, password);
    },
    setUserClaimValue({ userName: [username = ''] = [], claimURI = [], claimValue: [value = ''] = [] }) {
      requireUser(username);
      if (claimURI[0] === EXTERNAL_ID) users.setExternalId(username, value);
    },
    updateRoleListOfUser({ userName: [username = ''] = [], deletedRoles = [], newRoles = [] }) {
      requireUser(username);
      requireRoles(newRoles);
      const kept = users.find(username)?.roles.filter((role) => !deletedRoles.includes(role)) ?? [];
      users.setRoles(username, [...kept, ...newRoles]);
    },
  };

  app.post(`/${doors.servicePath}/RemoteUserStoreManagerService`, async (request, reply) => {
    const caller = basicUser(request, users);
    if (request.headers.authorization === undefined)
      return reply.code(401).header('www-authenticate', 'Basic realm="WSO2 API Manager"').send();
    // Not 401 and 403: the numbers say it.
    if (caller === undefined)
      return fault(reply, 'Access Denied. Authentication failed - Invalid credentials provided.', '50977');
    if (!users.find(caller)?.roles.includes('admin')) return fault(reply, 'Access Denied.', '50978');
    const { operation, sent } = operationOf(request);
    try {
      const question = questions[operation];
      if (question !== undefined) return reply.type('text/xml;charset=UTF-8').send(answer(operation, question(sent)));
      const command = commands[operation];
      if (command === undefined)
        return fault(reply, `The endpoint reference (EPR) for the Operation not found is ${operation}`);
      command(sent);
    } catch (error) {
      if (!(error instanceof UserStoreFault)) throw error;
      // [T] for addRole, [I] for the others: a client has to read the result.
      if (!quirks.userStoreAnswersBlindly) return fault(reply, error.message);
    }
    return reply.code(202).send();
  });
}

const parser = new XMLParser({
  removeNSPrefix: true,
  parseTagValue: false,
  isArray: (_name, path) => String(path).split('.').length > 3,
});
const Envelope = z.object({ Envelope: z.object({ Body: z.record(z.string(), z.unknown()) }) });
const Sent = z.record(z.string(), z.array(z.unknown()));

/** Claims are elements of two elements each; these stand beside the others then. */
function flat(sent: z.output<typeof Sent>): Parameters {
  const claims = z
    .array(z.record(z.string(), z.array(z.unknown())))
    .catch([])
    .parse(sent.claims ?? []);
  const of = (name: string) => claims.flatMap((claim) => (claim[name] ?? []).map(String));
  const others = Object.entries(sent).filter(([name]) => name !== 'claims');
  return {
    ...Object.fromEntries(others.map(([name, values]) => [name, values.map(String)])),
    ...(claims.length > 0 && { claimURI: of('claimURI'), value: of('value') }),
  };
}

function operationOf(request: FastifyRequest): { operation: string; sent: Parameters } {
  const {
    Envelope: { Body },
  } = Envelope.parse(parser.parse(String(request.body)));
  const [operation = '', parameters] = Object.entries(Body)[0] ?? [];
  return { operation, sent: flat(Sent.catch({}).parse(parameters)) };
}

const soap = (body: string) =>
  `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;

const answer = (operation: string, values: readonly string[]) =>
  soap(
    `<ns:${operation}Response xmlns:ns="http://service.ws.um.carbon.wso2.org">${values.map((value) => `<ns:return>${escaped(value)}</ns:return>`).join('')}</ns:${operation}Response>`,
  );

const fault = (reply: FastifyReply, reason: string, code = 'Server') =>
  reply
    .code(500)
    .type('text/xml;charset=UTF-8')
    .send(
      soap(
        `<soapenv:Fault><faultcode>soapenv:${code}</faultcode><faultstring>${escaped(reason)}</faultstring><detail/></soapenv:Fault>`,
      ),
    );

const escaped = (text: string) => text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
