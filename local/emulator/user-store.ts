import { hash, randomBytes, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto';
import type { ServerHome } from './server-home.ts';

export interface User {
  id: string;
  username: string;
  salt: string;
  hash: string;
  /** Names of roles in API Manager, ids of roles in Identity Server. */
  roles: string[];
  /** SCIM's `externalId`, the claim http://wso2.org/claims/externalid. */
  externalId?: string;
}

/** The database table behind a user store. */
export interface UserTable {
  get(username: string): User | undefined;
  put(username: string, user: User): void;
  remove(username: string): boolean;
  list(): User[];
}

/** The user store of a WSO2 server. Names are taken with or without the super tenant's domain. */
export interface UserStore {
  readonly administrator: string;
  /** Whether `[super_admin]`, as it was at the start, says what the user store holds now; where it does not, internal callers are locked out. */
  readonly configurationIsCurrent: boolean;
  find(username: string): User | undefined;
  list(): User[];
  /** Undefined if the password is wrong or no user has that name. */
  verify(username: string, password: string): User | undefined;
  add(user: { username: string; password: string; roles: readonly string[]; externalId?: string | undefined }): User;
  setPassword(username: string, password: string): void;
  setRoles(username: string, roles: readonly string[]): void;
  setExternalId(username: string, externalId: string): void;
  remove(username: string): boolean;
}

/**
 * Opens the user store, which `[super_admin]` fills at the first start: a later change of the password in
 * deployment.toml changes nothing here. `administratorRoles` are the roles that its one user has then.
 */
export function openUserStore(home: ServerHome, table: UserTable, administratorRoles: readonly string[]): UserStore {
  const administrator = home.required<string>('super_admin.username');
  const configured = home.required<string>('super_admin.password');
  const proven = new Set<string>();
  const store: UserStore = {
    get administrator() {
      return table.list()[0]?.username ?? administrator;
    },
    get configurationIsCurrent() {
      return store.verify(administrator, configured) !== undefined;
    },
    find: (username) => table.get(tenantFree(username)),
    list: () => table.list(),
    verify(username, password) {
      const user = store.find(username);
      if (user === undefined) return undefined;
      // Every call with Basic authentication comes here: what was right once is right until the hash changes.
      const digest = hash('sha256', `${user.hash} ${password}`);
      if (proven.has(digest)) return user;
      if (!timingSafeEqual(Buffer.from(user.hash), Buffer.from(hashOf(password, user.salt)))) return undefined;
      proven.add(digest);
      return user;
    },
    add({ username, password, roles, externalId }) {
      const mark = externalId === undefined ? {} : { externalId };
      const user = { id: randomUUID(), username, roles: [...roles], ...mark, ...salted(password) };
      table.put(username, user);
      return user;
    },
    setPassword(username, password) {
      const user = store.find(username);
      if (user !== undefined) table.put(user.username, { ...user, ...salted(password) });
    },
    setRoles(username, roles) {
      const user = store.find(username);
      if (user !== undefined) table.put(user.username, { ...user, roles: [...new Set(roles)] });
    },
    setExternalId(username, externalId) {
      const user = store.find(username);
      if (user !== undefined) table.put(user.username, { ...user, externalId });
    },
    remove: (username) => table.remove(tenantFree(username)),
  };
  if (table.list().length === 0) {
    store.add({ username: administrator, password: configured, roles: administratorRoles });
  }
  return store;
}

const tenantFree = (username: string) => username.replace(/@carbon\.super$/, '');

function salted(password: string): { salt: string; hash: string } {
  const salt = randomBytes(16).toString('hex');
  return { salt, hash: hashOf(password, salt) };
}

const hashOf = (password: string, salt: string) => scryptSync(password, salt, 32, { N: 1024 }).toString('hex');
