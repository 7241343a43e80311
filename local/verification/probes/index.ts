import type { Probe } from '../probe.ts';
import { apis } from './apis.ts';
import { authentication } from './authentication.ts';
import { givenClientIds } from './given-client-ids.ts';
import { identityServer } from './identity-server.ts';
import { identityServerApplications } from './identity-server-applications.ts';
import { identityServerRoles } from './identity-server-roles.ts';
import { identityServerTokens } from './identity-server-tokens.ts';
import { identityServerUsers } from './identity-server-users.ts';
import { keyManagers } from './key-managers.ts';
import { lifecycle } from './lifecycle.ts';
import { policies } from './policies.ts';
import { portal } from './portal.ts';
import { revisions } from './revisions.ts';
import { settings } from './settings.ts';
import { users } from './users.ts';

/** Every probe there is, in the order in which a person would get to know the servers. */
export const allProbes: readonly Probe[] = [
  ...settings,
  ...authentication,
  ...users,
  ...keyManagers,
  ...apis,
  ...policies,
  ...revisions,
  ...lifecycle,
  ...portal,
  ...identityServer,
  ...identityServerTokens,
  ...identityServerApplications,
  ...identityServerUsers,
  ...identityServerRoles,
  ...givenClientIds,
];
