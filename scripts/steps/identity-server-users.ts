import type { Credentials, Generation, IdentityServer, ScimRole, ScimUser } from '@cdr-stack/wso2';
import { generations } from '@cdr-stack/wso2';
import { allEnded } from '../engine/all-ended.ts';
import { type Change, changeOf } from '../engine/change.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { ownerOfUser, refuseOwnedBy, takeover, userMark } from '../ownership.ts';
import type { ServiceUser } from '../service-users.ts';
import { keyManagerNamed } from './key-manager.ts';
import { chooseType, generationOf } from './key-manager-type.ts';
import { passwordField, userPassword, wasSet } from './user-password.ts';

interface Declared {
  user: ServiceUser;
  account: Credentials;
  path: Generation['roles']['path'];
  permissions: readonly string[];
}

interface Seen extends Declared {
  stored: ScimUser | null;
  role: ScimRole | null;
}

const resourceOf = ({ user, account }: Pick<Seen, 'user' | 'account'>) =>
  `user ${account.username} of Identity Server (${user})`;

/**
 * The users that register clients at the Identity Server: dcr-service's, and the one that API Manager's connector is given. Each
 * has a role of its own name, which holds what it calls and nothing else.
 */
export const identityServerUsers: Step<Environment, Seen[]> = {
  name: 'identity-server-users',
  title: 'Service users of Identity Server',
  needs: ['preflight'],

  declares: ({ serviceUsers }) => serviceUsers && [serviceUsers.connector.username, serviceUsers.registration.username],

  read: (environment) => seenIdentityUsers(environment),

  async plan(seen, { owner, ledger }) {
    const changes = await Promise.all(
      seen.map(async ({ stored, role, ...declared }) => {
        const { account, permissions } = declared;
        const password = passwordField(stored !== null, await wasSet(ledger, 'Identity Server', account));
        const found = stored && ownerOfUser(stored.externalId);
        const isMember = stored !== null && role?.users?.some(({ value }) => value === stored.id) === true;
        const actual = stored
          ? { owner: found, permissions: isMember ? (role?.permissions ?? []).toSorted() : [] }
          : undefined;
        const wanted = { owner, permissions: permissions.toSorted() };
        return changeOf(resourceOf(declared), actual, wanted, password).map((change) =>
          stored ? { ...change, ...takeover(found ?? undefined, owner) } : change,
        );
      }),
    );
    return changes.flat();
  },

  async apply(seen, environment) {
    for (const one of seen) refuseForeignIdentityUser(one, environment);
    const made = await allEnded(seen.map((one) => bringAbout(one, environment)));
    // The next read needs this, and can run in parallel with the list in which it finds the id.
    for (const { path, id } of made.filter((one) => one !== undefined)) {
      void environment.identityServer.scim.readRole(path, id).catch(() => {});
    }
  },
};

/** The declared users and roles, with their present state. */
export async function seenIdentityUsers(environment: Environment): Promise<Seen[]> {
  const { serviceUsers, identityServer } = environment;
  if (!serviceUsers) return [];
  const { roles } = await generationIn(environment);
  const missing = permissionsMissing(roles.newer, identityServer);
  return Promise.all(
    (['connector', 'registration'] as const).map(async (user) => {
      const account = serviceUsers[user];
      const [stored, role, absent] = await Promise.all([
        identityServer.scim.findUser(account.username),
        identityServer.scim.findRole(roles.path, account.username),
        missing,
      ]);
      const permissions = roles[user].filter((permission) => !absent.includes(permission));
      return { user, account, path: roles.path, permissions, stored, role };
    }),
  );
}

/** Which of these permissions the server does not have. Checked one by one, because the server does not report its version. */
async function permissionsMissing(newer: readonly string[], identityServer: IdentityServer): Promise<string[]> {
  const known = await Promise.all(newer.map((permission) => identityServer.hasPermission(permission)));
  return newer.filter((_, index) => !known[index]);
}

/** The generation in the stack's outputs; for other servers, the one that their key-manager type implies. */
export async function generationIn(environment: Environment): Promise<Generation> {
  const told = generations.find(({ name }) => name === environment.outputs.generation);
  if (told) return told;
  const { keyManager } = environment.settings;
  const [existing, offered] = await Promise.all([
    keyManagerNamed(keyManager.name, environment.apiManager),
    environment.keyManagerTypes(),
  ]);
  return generationOf(chooseType(keyManager.type, existing?.type, offered));
}

/** @throws {ConsentNeeded} if this environment does not own the user, or if only others have the role of that name. */
export function refuseForeignIdentityUser({ stored, role, ...declared }: Seen, environment: Environment): void {
  if (stored) refuseOwnedBy(ownerOfUser(stored.externalId), resourceOf(declared), environment);
  if (isForeign({ stored, role }))
    refuseOwnedBy(undefined, `role ${role?.displayName} of Identity Server`, environment);
}

/** A role can bear no mark: a role that we created has our user from the beginning, or no members if that user was removed. */
export function isForeign({ stored, role }: Pick<Seen, 'stored' | 'role'>): boolean {
  const members = role?.users ?? [];
  return members.length > 0 && !members.some(({ value }) => value === stored?.id);
}

async function bringAbout({ stored, role, account, path, permissions }: Seen, environment: Environment) {
  const { owner, ledger, identityServer } = environment;
  const { scim } = identityServer;
  const { username, password } = account;
  const externalId = userMark(owner);
  const { id } = stored ?? (await scim.addUser({ userName: username, password, externalId }));
  if (stored) {
    const known = await wasSet(ledger, 'Identity Server', account);
    const change = {
      ...(stored.externalId === externalId ? {} : { externalId }),
      ...(known ? {} : { password }),
    };
    if (Object.keys(change).length > 0) await scim.changeUser(id, change);
  }
  await ledger.remember(userPassword('Identity Server', username), password);
  const others = (role?.users ?? []).map(({ value }) => value).filter((value) => value !== id);
  const isMember = others.length < (role?.users ?? []).length;
  const isSame = (role?.permissions ?? []).toSorted().join(' ') === permissions.toSorted().join(' ');
  if (!role) {
    return { path, id: (await scim.addRole(path, { displayName: username, permissions, users: [id] })).id };
  }
  if (!isMember || !isSame) await scim.changeRole(path, role.id, { permissions, users: [...others, id] });
  return undefined;
}

/** What a removal takes away. */
export const removedIdentityUser = (seen: Seen): Change => ({
  action: 'remove',
  resource: resourceOf(seen),
  fields: [],
});
