import { randomUUID } from 'node:crypto';
import type { State } from '../state.ts';
import type { User, UserStore } from '../user-store.ts';

export interface Permission {
  value: string;
  display?: string | undefined;
}

export interface Role {
  id: string;
  displayName: string;
  permissions: Permission[];
}

/** Roles of the organisation, with their permissions. */
export interface RoleStore {
  find(id: string): Role | undefined;
  findByName(displayName: string): Role | undefined;
  list(): Role[];
  put(role: Omit<Role, 'id'> & { id?: string }): Role;
  remove(id: string): boolean;
  ofUser(userId: string): Role[];
  members(roleId: string): User[];
  /** Makes these users, by id, the members of the role, and no others. Unknown ids are ignored. */
  setMembers(roleId: string, userIds: readonly string[]): void;
}

const KIND = 'role';

/** Membership is kept with the users, so that a removed user is a member of nothing. */
export function openRoleStore(state: State, users: UserStore): RoleStore {
  const list = () => state.list<Role>(KIND);
  const store: RoleStore = {
    find: (id) => state.get<Role>(KIND, id),
    findByName: (displayName) => list().find((role) => role.displayName === displayName),
    list,
    put({ id = randomUUID(), displayName, permissions }) {
      const role = { id, displayName, permissions };
      state.put(KIND, id, role);
      return role;
    },
    remove(id) {
      store.setMembers(id, []);
      return state.remove(KIND, id);
    },
    ofUser: (userId) => {
      const held = users.list().find((user) => user.id === userId)?.roles ?? [];
      return list().filter(({ id }) => held.includes(id));
    },
    members: (roleId) => users.list().filter((user) => user.roles.includes(roleId)),
    setMembers(roleId, userIds) {
      for (const { id, username, roles } of users.list()) {
        const others = roles.filter((role) => role !== roleId);
        const member = userIds.includes(id);
        if (member !== roles.includes(roleId)) users.setRoles(username, member ? [...others, roleId] : others);
      }
    },
  };
  return store;
}
