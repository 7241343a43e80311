import type { Credentials, StoredUser } from '@cdr-stack/wso2';
import { allEnded } from '../engine/all-ended.ts';
import { type Change, changeOf } from '../engine/change.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { ownerOfUser, refuseOwnedBy, takeover, userMark } from '../ownership.ts';
import { passwordField, userPassword, wasSet } from './user-password.ts';

interface Declared {
  user: 'publisher' | 'subscriber';
  account: Credentials;
  roles: readonly string[];
}

interface Seen extends Declared {
  stored: StoredUser | null;
  /** Whether the password is the one that was last set from here, and whether API Manager still takes it. */
  password: 'kept' | 'refused' | 'new';
}

/** Roles that API Manager has from its first start (tenant-conf.json). What they open is what provisioning and dcr-service ask for. */
const rolesOf = {
  publisher: ['Internal/creator', 'Internal/publisher'],
  subscriber: ['Internal/subscriber'],
} as const;

const resourceOf = ({ user, account }: Pick<Seen, 'user' | 'account'>) =>
  `user ${account.username} of API Manager (${user})`;

/**
 * The users that create APIs, applications and subscriptions at API Manager. The administrator creates them, and is used only for what
 * needs admin scopes: key managers, and these users. Until they exist, provisioning reads as the administrator, so that a plan is complete
 * and no read waits for them; it writes to the publisher and the developer portal as these users.
 */
export const apiManagerUsers: Step<Environment, Seen[]> = {
  name: 'api-manager-users',
  title: 'Service users of API Manager',
  needs: ['preflight'],

  declares: (environment) => declaredUsers(environment).map(({ account, roles }) => [account.username, roles]),

  read: (environment) => seenUsers(environment),

  plan(seen, { owner }) {
    return seen.flatMap(({ stored, password, ...declared }) => {
      const { roles } = declared;
      const fields = passwordField(stored !== null, password === 'kept');
      const actual = stored ? { owner: ownerOfUser(stored.externalId), roles: stored.roles } : undefined;
      return changeOf(resourceOf(declared), actual, { owner, roles }, fields).map((change) => ({
        ...change,
        ...(stored &&
          password === 'refused' && { remark: 'API Manager refuses the password that was last set from here' }),
        ...(stored && takeover(ownerOfUser(stored.externalId), owner)),
      }));
    });
  },

  async apply(seen, environment) {
    const { apiManager } = environment;
    for (const one of seen) refuseForeignUser(one, environment);
    await allEnded(seen.map((one) => bringAbout(one, environment)));
    speak(environment);
    // What the next look and the step after ask first, beside each other.
    void apiManager.devportal.keyManagers().catch(() => {});
    void apiManager.publisher.settings().catch(() => {});
  },

  /** A token with every scope is the proof of name, password and roles. */
  async verify(environment) {
    const { apiManager, serviceUsers } = environment;
    if (!serviceUsers) return;
    if (!(await areKnown(environment))) return;
    await Promise.all([apiManager.publisher.settings(), apiManager.devportal.keyManagers()]);
  },
};

const areaOf = { publisher: 'publisher', subscriber: 'devportal' } as const;

/**
 * Calls the publisher and the developer portal from the first call on as the users that an earlier run created. A user that API Manager
 * refuses (it was removed, or lost its role, or its password was changed) is not used until the step has corrected it.
 */
export async function speakAsKnownUsers(environment: Environment): Promise<void> {
  if (environment.serviceUsers && (await areKnown(environment))) speak(environment, { whereAccepted: true });
}

function speak({ apiManager, instances, serviceUsers }: Environment, how: { whereAccepted?: boolean } = {}): void {
  if (!serviceUsers) return;
  for (const one of new Set([apiManager, ...instances.map((instance) => instance.apiManager)]))
    one.speakAs({ publisher: serviceUsers.publisher, devportal: serviceUsers.subscriber }, how);
}

async function areKnown(environment: Environment): Promise<boolean> {
  const known = declaredUsers(environment).map(({ account }) => wasSet(environment.ledger, 'API Manager', account));
  return (await Promise.all(known)).every(Boolean);
}

function declaredUsers({ serviceUsers }: Environment): Declared[] {
  if (!serviceUsers) return [];
  return (['publisher', 'subscriber'] as const).map((user) => ({
    user,
    account: serviceUsers[user],
    roles: rolesOf[user],
  }));
}

/** The declared users, and what there is of them. */
export async function seenUsers(environment: Environment): Promise<Seen[]> {
  const { apiManager, ledger } = environment;
  return Promise.all(
    declaredUsers(environment).map(async (declared) => {
      const [stored, isSet, refusal] = await Promise.all([
        apiManager.users.find(declared.account.username),
        wasSet(ledger, 'API Manager', declared.account),
        apiManager.refusalOf(areaOf[declared.user]),
      ]);
      const password = refusal === 'unauthorized' ? 'refused' : 'kept';
      return { ...declared, stored, password: isSet ? password : 'new' };
    }),
  );
}

/** @throws {ConsentNeeded} if this environment does not own the user. */
export function refuseForeignUser({ stored, ...declared }: Seen, environment: Environment): void {
  if (stored) refuseOwnedBy(ownerOfUser(stored.externalId), resourceOf(declared), environment);
}

async function bringAbout(
  { stored, account, roles, password: state }: Seen,
  { apiManager: { users }, owner, ledger }: Environment,
) {
  const { username, password } = account;
  const externalId = userMark(owner);
  if (!stored) await users.add({ username, password, roles: [...roles], externalId });
  else {
    const remove = stored.roles.filter((role) => !roles.includes(role));
    const add = roles.filter((role) => !stored.roles.includes(role));
    if (remove.length + add.length > 0) await users.changeRoles(username, { remove, add });
    if (stored.externalId !== externalId) await users.setExternalId(username, externalId);
    if (state !== 'kept') await users.setPassword(username, password);
  }
  await ledger.remember(userPassword('API Manager', username), password);
}

/** What a removal takes away, for {@link apiManagerUsers} is the inverse. */
export const removedUser = (seen: Seen): Change => ({ action: 'remove', resource: resourceOf(seen), fields: [] });
