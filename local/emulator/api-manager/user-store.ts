import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { ServerHome } from '../server-home.ts';
import type { Store } from './store.ts';

export interface UserStore {
  readonly administrator: string;
  /** Whether `[super_admin]` still says what the user store holds; where it does not, internal callers are locked out. */
  readonly configurationIsCurrent: boolean;
  /** The user's name without its tenant, or undefined when the password is wrong or nobody has that name. */
  verify(username: string, password: string): string | undefined;
}

/**
 * The user store, filled from `[super_admin]` at the first start. A later change of the password in deployment.toml
 * changes nothing here.
 */
export function openUserStore(home: ServerHome, users: Store['users']): UserStore {
  const administrator = home.required<string>('super_admin.username');
  const configured = home.required<string>('super_admin.password');
  if (users.list().length === 0) {
    const salt = randomBytes(16).toString('hex');
    users.put(administrator, { username: administrator, salt, hash: hashOf(configured, salt) });
  }

  const verify = (username: string, password: string): string | undefined => {
    const name = username.replace(/@carbon\.super$/, '');
    const user = users.get(name);
    if (user === undefined) return undefined;
    const same = timingSafeEqual(Buffer.from(user.hash), Buffer.from(hashOf(password, user.salt)));
    return same ? name : undefined;
  };
  return {
    administrator: users.list()[0]?.username ?? administrator,
    configurationIsCurrent: verify(administrator, configured) !== undefined,
    verify,
  };
}

/** Cheap on purpose: every call of the REST APIs with Basic authentication computes it. */
const hashOf = (password: string, salt: string) => scryptSync(password, salt, 32, { N: 1024 }).toString('hex');
