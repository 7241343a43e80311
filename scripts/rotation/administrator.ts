import {
  connectApiManager,
  connectIdentityServer,
  type Readiness,
  type ServerAccess,
  Wso2Error,
} from '@cdr-stack/wso2';

export type RotatedServer = 'API Manager' | 'Identity Server';

/** A server's administrator, as the user store of the server knows it. */
export interface Administrator {
  readonly server: RotatedServer;
  readonly username: string;
  /** Whether the server lets the administrator in with this password now. One attempt to log in. */
  accepts(password: string): Promise<boolean>;
  /** Has the administrator change the own password. That it was answered is no proof: ask {@link Administrator.accepts}. */
  change(present: string, next: string): Promise<void>;
  /** Whether the server works with this password. */
  readiness(password: string): Promise<Readiness>;
}

type Access = Omit<ServerAccess, 'secrets'>;

/** By SOAP: API Manager has no SCIM 2 of its own. */
export function apiManagerAdministrator(
  access: Access,
  username: string,
  servicePath: string | undefined,
): Administrator {
  const as = <T>(
    password: string,
    ask: (server: ReturnType<typeof connectApiManager>) => Promise<T>,
    other?: string,
  ) => {
    const secrets = other === undefined ? [] : [other];
    return closing(connectApiManager({ ...access, secrets }, { username, password, servicePath }), ask);
  };
  return {
    server: 'API Manager',
    username,
    accepts: (password) => as(password, ({ users }) => letIn(users.exists(username))),
    change: (present, next) => as(present, ({ users }) => users.setPassword(username, next), next),
    readiness: (password) => as(password, (server) => server.isOperational()),
  };
}

/** By SCIM 2. */
export function identityServerAdministrator(access: Access, username: string): Administrator {
  const as = <T>(
    password: string,
    ask: (server: ReturnType<typeof connectIdentityServer>) => Promise<T>,
    other?: string,
  ) => {
    const secrets = other === undefined ? [] : [other];
    return closing(connectIdentityServer({ ...access, secrets }, { username, password }), ask);
  };
  return {
    server: 'Identity Server',
    username,
    accepts: (password) => as(password, ({ scim }) => letIn(scim.findUser(username))),
    change: (present, next) =>
      as(
        present,
        async ({ scim }) => {
          const user = await scim.findUser(username);
          if (!user) throw new Wso2Error('not-found', `Identity Server has no user ${username} in its primary store.`);
          await scim.changeUser(user.id, { password: next });
        },
        next,
      ),
    readiness: (password) => as(password, (server) => server.health()),
  };
}

async function letIn(ask: Promise<unknown>): Promise<boolean> {
  try {
    await ask;
    return true;
  } catch (error) {
    if (error instanceof Wso2Error && error.code === 'unauthorized') return false;
    throw error;
  }
}

async function closing<Server extends { close(): void }, T>(server: Server, ask: (server: Server) => Promise<T>) {
  try {
    return await ask(server);
  } finally {
    server.close();
  }
}
