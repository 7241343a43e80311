import { randomUUID } from 'node:crypto';
import type { Role, RoleStore } from './role-store.ts';

/** The organisation that there is, as roles and tokens name it. */
export const ORGANISATION = '10084a8d-113f-4211-a0d5-efe36b082211';

const ROLE = 'urn:ietf:params:scim:schemas:extension:2.0:Role';

/** How a role is shown by version 2 of the API, or by version 1. */
export function roleAnswers(store: RoleStore, serverUrl: string, version: 1 | 2) {
  const locationOf = (id: string) => `${serverUrl}/scim2/${version === 2 ? 'v2/' : ''}Roles/${id}`;
  // All that the product has of its own is shown as of one.
  const resource = randomUUID();
  const permissionsOf = ({ permissions }: Role) =>
    version === 1
      ? permissions.map(({ value }) => value)
      : permissions.map(({ value, display = value }) => ({
          value,
          display,
          $ref: `${serverUrl}/api/server/v1/api-resources/${resource}/scopes/${value}`,
        }));
  const named = ({ id, displayName }: Role) => ({
    ...(version === 2 && { audience: { type: 'organization', display: 'Super', value: ORGANISATION } }),
    meta: { location: locationOf(id) },
    displayName,
    id,
  });
  const whole = (role: Role) => ({
    ...named(role),
    permissions: permissionsOf(role),
    users: store
      .members(role.id)
      .map(({ id, username }) => ({ value: id, display: username, $ref: `${serverUrl}/scim2/Users/${id}` })),
    ...(version === 2 && { properties: [{ name: 'isSharedRole', value: 'false' }] }),
  });
  return {
    locationOf,
    /** In a list. */
    listed: named,
    /** In a list of a version that shows the whole there. */
    listedWhole: whole,
    /** To a creation or change. */
    written: (role: Role) => ({ ...named(role), schemas: [ROLE] }),
    read: (role: Role) => ({ ...whole(role), schemas: [ROLE] }),
  };
}

/** A role of version 2 as a user has it. */
export const roleReference =
  (serverUrl: string) =>
  ({ id, displayName }: Role) => ({
    value: id,
    display: displayName,
    $ref: `${serverUrl}/scim2/v2/Roles/${id}`,
    audienceType: 'organization',
    audienceDisplay: 'Super',
    audienceValue: ORGANISATION,
  });
