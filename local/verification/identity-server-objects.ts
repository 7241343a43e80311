import type { Account } from './servers.ts';
import type { Answer, Session } from './session.ts';

// What probes make at Identity Server to ask about. Names are their own, and everything goes when the probe is done.

export const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';
export const ROLES = '/scim2/v2/Roles';
export const TREE_ROLES = '/scim2/Roles';
export const USERS = '/scim2/Users';
export const RESOURCES = '/api/server/v1/api-resources';
const APPLICATIONS = '/api/server/v1/applications';

export async function register(session: Session, metadata: object = {}): Promise<Answer> {
  const body = { client_name: session.name(), grant_types: ['client_credentials'], ...metadata };
  const answer = await session.identityServer('POST', REGISTER, { body });
  const id = answer.body?.client_id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${REGISTER}/${id}`));
  return answer;
}

/** @param scope what is asked for; default nothing. */
export async function tokenOf(session: Session, client: Answer['body'], scope?: string): Promise<Answer> {
  return session.identityServer('POST', '/oauth2/token', {
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }),
    as: { username: client.client_id, password: client.client_secret },
  });
}

export async function createApiResource(
  session: Session,
  scopes: readonly string[],
  requiresAuthorization = false,
): Promise<Answer> {
  const name = session.name();
  const body = {
    ...{ identifier: name, name, requiresAuthorization },
    scopes: scopes.map((scope) => ({ name: scope, displayName: scope })),
  };
  const answer = await session.identityServer('POST', RESOURCES, { body });
  const id = answer.body?.id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${RESOURCES}/${id}`));
  return answer;
}

/** The path of a client's application. */
export async function findApplication(session: Session, clientId: string): Promise<string> {
  const filter = encodeURIComponent(`clientId eq ${clientId}`);
  const { body } = await session.identityServer('GET', `${APPLICATIONS}?filter=${filter}`);
  return `${APPLICATIONS}/${body.applications?.[0]?.id}`;
}

export const introspect = (session: Session, token: string) =>
  session.identityServer('POST', '/oauth2/introspect', { body: new URLSearchParams({ token }) });

export async function createUser(
  session: Session,
  password = `Aa1!${session.name()}`,
): Promise<{ answer: Answer; account: Account }> {
  const account = { username: session.name(), password };
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: account.username,
    password: account.password,
  };
  const answer = await session.identityServer('POST', USERS, { body });
  const id = answer.body?.id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${USERS}/${id}`));
  return { answer, account };
}

export async function createRole(session: Session, permissions: readonly string[], userId: string): Promise<Answer> {
  const body = {
    displayName: session.name(),
    permissions: permissions.map((value) => ({ value })),
    users: [{ value: userId }],
  };
  const answer = await session.identityServer('POST', ROLES, { body });
  const id = answer.body?.id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${ROLES}/${id}`));
  return answer;
}

/** A role of version 1, of Identity Server before 7.0. */
export async function createTreeRole(
  session: Session,
  permissions: readonly string[],
  userId: string,
): Promise<Answer> {
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:extension:2.0:Role'],
    displayName: session.name(),
    permissions,
    users: [{ value: userId }],
  };
  const answer = await session.identityServer('POST', TREE_ROLES, { body });
  const id = answer.body?.id;
  if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${TREE_ROLES}/${id}`));
  return answer;
}
