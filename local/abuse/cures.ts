/** A setting whose absence opens a door, and of which versions of which server that is. */
export interface Cure {
  name: string;
  server: 'identity-server' | 'api-manager';
  taken(toml: string): string;
  /** How the ids of attempts begin that get through then. */
  opens: RegExp;
  identityServers: readonly string[];
}

const withoutTable = (name: string) => (toml: string) => toml.replace(new RegExp(`\\[${name}\\]\n[^[]*`), '');

/** What is rendered against abuse, each to be taken away. */
export const cures: readonly Cure[] = [
  {
    name: 'the handler of client certificates off',
    server: 'identity-server',
    taken: withoutTable('event\\.default_listener\\.client_certificate_authentication_handler'),
    opens: /^certificate|^token-|^assertion/,
    identityServers: ['7.1.0', '6.1.0'],
  },
  {
    name: 'not every scope for everybody',
    server: 'identity-server',
    taken: (toml) => toml.replace('authorize_all_scopes = false', 'authorize_all_scopes = true'),
    opens: /^scope-of|^token-for-users/,
    identityServers: ['7.3.0', '7.1.0'],
  },
  {
    name: "a secret of the stack's own at Identity Server",
    server: 'identity-server',
    taken: withoutTable('account_recovery\\.endpoint\\.auth'),
    opens: /^word(-by-tenant)?-at/,
    identityServers: ['7.3.0', '7.1.0', '6.1.0'],
  },
  {
    name: "a secret of the stack's own at API Manager",
    server: 'api-manager',
    taken: withoutTable('account_recovery\\.endpoint\\.auth'),
    opens: /^word(-by-tenant)?-at-[\w-]+-of-api-manager/,
    identityServers: ['7.3.0', '7.1.0', '6.1.0'],
  },
];
