/**
 * Which permission each REST API wants, and which there are: `resource-access-control-v2.xml.j2` of carbon-identity-framework for
 * 7.x, where the product calls them scopes, and `identity.xml.j2` for the tree of permissions before it.
 */

const VERBS = ['create', 'view', 'update', 'delete'];

/** Of the console's there are more, for each of its pages. */
export const consoleScopes: readonly string[] = ['applications', 'users', 'roles', 'apiResources'].map(
  (page) => `console:${page}`,
);

/**
 * Scopes of the product's own, which open its management. SYSTEM is all of them at once in the product, which makes a token that
 * is too long for its own listener; here it opens nothing.
 */
export const isOfTheProduct = (scope: string): boolean => scope === 'SYSTEM' || /^(internal_|console:)/.test(scope);

/** For the introspection of tokens (`[resource_access_control.introspect] scopes`). */
export const INTROSPECT = 'internal_oauth2_introspect';

/** What a role's parts want beside `internal_role_mgt_create` or `_update`, from 7.2 on (product-is 26142, roles-v2.yaml of 7.3). */
export const PARTS_OF_A_ROLE = {
  permissions: 'internal_role_mgt_permissions_update',
  users: 'internal_role_mgt_users_update',
} as const;

/** The permissions of 7.x that the APIs here want, and that a role may hold; a role with another one is refused. */
export const systemPermissions: ReadonlySet<string> = new Set([
  ...[
    'dcr',
    'application_mgt',
    'api_resource',
    'role_mgt',
    'user_mgt',
    'oauth_scope',
    'group_mgt',
    'idp',
    'governance',
  ].flatMap((area) => VERBS.map((verb) => `internal_${area}_${verb}`)),
  'internal_user_mgt_list',
  INTROSPECT,
  ...Object.values(PARTS_OF_A_ROLE),
  'internal_role_mgt_groups_update',
  'internal_login',
]);

/** Registration of every kind, introspection and scopes need the permission to manage applications. */
const NODES: Record<string, string> = { dcr: 'applicationmgt', oauth_scope: 'applicationmgt' };

/** The node of the permission tree that a call wants before 7.0, by what it wants from 7.0 on. */
export function nodeOf(permission: string): string {
  if (permission === INTROSPECT) return '/permission/admin/manage/identity/applicationmgt/view';
  const [, area = '', verb] = /^internal_(\w+)_(\w+)$/.exec(permission) ?? [];
  return `/permission/admin/manage/identity/${NODES[area] ?? area.replace('_', '')}/${verb}`;
}
