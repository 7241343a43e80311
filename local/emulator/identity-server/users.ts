import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { User, UserStore } from '../user-store.ts';
import type { Role, RoleStore } from './role-store.ts';
import { equalityFilter, Patch, Search, scimError, scimList, valueFor } from './scim.ts';
import type { IdentityServerVersion } from './version.ts';

const Creation = z.looseObject({
  userName: z.string().min(1),
  password: z.string(),
  externalId: z.string().optional(),
});

/** `UsernameJavaRegEx` of the primary user store. */
const USERNAME = /^[^\s*?%]{3,50}$/;

/** What a version says of users. */
interface Rules extends Pick<IdentityServerVersion, 'users'> {
  /** Where roles are, and what they are of; before 7.0 a role is a name. */
  roleReference: ((role: Role) => object) | undefined;
}

type ById = { Params: { id: string } };

/** SCIM 2.0 users (`/scim2/Users`, RFC 7644) with name, password and roles; roles are given by `/scim2/v2/Roles`. */
export function users(store: UserStore, roles: RoleStore, serverUrl: string, rules: Rules) {
  const startedAt = new Date().toISOString();
  const passwordProblem = passwordRules(rules.users.passwords);
  return async (app: FastifyInstance): Promise<void> => {
    const byId = (id: string) => store.list().find((user) => user.id === id);
    const found = (filter: string | undefined) => {
      const wanted = filter === undefined ? undefined : equalityFilter(filter, 'userName')?.replace(/^PRIMARY\//, '');
      const all = store.list().filter(({ username }) => filter === undefined || username === wanted);
      return scimList(all.map(listed));
    };
    const listed = ({ id, username, externalId }: User) => ({
      id,
      userName: username,
      ...(externalId === undefined ? {} : { externalId }),
      roles: [...roles.ofUser(id), EVERYONE].map(
        (role) => rules.roleReference?.(role) ?? { display: role.displayName },
      ),
      meta: {
        created: startedAt,
        lastModified: startedAt,
        resourceType: 'User',
        location: `${serverUrl}/scim2/Users/${id}`,
      },
    });
    const represented = (user: User) => ({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ...rules.users.schemas],
      ...listed(user),
    });

    app.get<{ Querystring: { filter?: string } }>('/', async (request) => found(request.query.filter));

    app.post('/.search', async (request, reply) => {
      const body = Search.safeParse(request.body);
      return body.success ? found(body.data.filter) : refuse(reply, 400, z.prettifyError(body.error));
    });

    app.post('/', async (request, reply) => {
      const body = Creation.safeParse(request.body);
      if (!body.success) return refuse(reply, 400, z.prettifyError(body.error), 'invalidSyntax');
      const { password, externalId } = body.data;
      const username = body.data.userName.replace(/^PRIMARY\//, '');
      if (!USERNAME.test(username)) return refuse(reply, 400, `Username ${username} is not valid.`, 'invalidValue');
      if (store.find(username) !== undefined) {
        return refuse(reply, 409, `User with the name: ${username} already exists in the system.`);
      }
      const problem = passwordProblem(password);
      if (problem !== undefined) return refuse(reply, 400, problem, 'invalidValue');
      const user = represented(store.add({ username, password, roles: [], externalId }));
      return reply.code(201).header('location', user.meta.location).send(user);
    });

    app.get<ById>('/:id', async (request, reply) => {
      const user = byId(request.params.id);
      return user === undefined ? unknownUser(reply) : represented(user);
    });

    app.patch<ById>('/:id', async (request, reply) => {
      const user = byId(request.params.id);
      if (user === undefined) return unknownUser(reply);
      const body = Patch.safeParse(request.body);
      if (!body.success) return refuse(reply, 400, z.prettifyError(body.error), 'invalidSyntax');
      const password = body.data.Operations.map((operation) => valueFor(operation, 'password')).findLast(
        (value) => value !== undefined,
      );
      if (password !== undefined) {
        const problem = passwordProblem(String(password));
        if (problem !== undefined) return refuse(reply, 400, problem, 'invalidValue');
        store.setPassword(user.username, String(password));
      }
      const externalId = body.data.Operations.map((operation) => valueFor(operation, 'externalId')).findLast(
        (value) => value !== undefined,
      );
      if (externalId !== undefined) store.setExternalId(user.username, String(externalId));
      return represented(byId(user.id) ?? user);
    });

    app.delete<ById>('/:id', async (request, reply) => {
      const user = byId(request.params.id);
      if (user === undefined) return unknownUser(reply);
      if (user.username === store.administrator) return refuse(reply, 403, 'Cannot delete the super administrator.');
      store.remove(user.username);
      return reply.code(204).send();
    });
  };
}

/** The role that every user has. */
const EVERYONE: Role = { id: '2d1b6d1c-7d0e-4f0f-9d4e-1f0b5a3c9a57', displayName: 'everyone', permissions: [] };

const KINDS = [
  ['digits', /[0-9]/],
  ['upper case characters', /[A-Z]/],
  ['lower case characters', /[a-z]/],
] as const;

/** What is wrong with a password, by a version's rules as shipped. */
const passwordRules =
  ({ shortest, longest, mixed }: IdentityServerVersion['users']['passwords']) =>
  (password: string): string | undefined => {
    if (password.length < shortest) return `20035 - The minimum length of password should be ${shortest}.`;
    if (password.length > longest) return `20035 - The maximum length of password can be ${longest}`;
    const missing = mixed ? KINDS.find(([, kind]) => !kind.test(password)) : undefined;
    return missing && `20035 - The password should contain at least 1 ${missing[0]}.`;
  };

const refuse = (reply: FastifyReply, status: number, detail: string, scimType?: string) =>
  reply.code(status).send(scimError(status, detail, scimType));

const unknownUser = (reply: FastifyReply) => refuse(reply, 404, 'Specified resource (user) does not exist.');
