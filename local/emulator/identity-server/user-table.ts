import type { State } from '../state.ts';
import type { User, UserTable } from '../user-store.ts';

const KIND = 'user';

/** Users in the server's database, by name. */
export const userTable = (state: State): UserTable => ({
  get: (username) => state.get<User>(KIND, username),
  put: (username, user) => state.put(KIND, username, user),
  remove: (username) => state.remove(KIND, username),
  list: () => state.list<User>(KIND),
});
