import type { Credentials } from '@cdr-stack/wso2';
import { type FieldChange, masked } from '../engine/change.ts';
import type { Ledger } from '../ledger.ts';

type Server = 'API Manager' | 'Identity Server';

/** Under which the ledger keeps the (hash of the) password that was last set. */
export const userPassword = (server: Server, username: string) => `password of user ${username} of ${server}`;

/** Whether this password is the last one that provisioning set. No server can report that. */
export const wasSet = (ledger: Ledger, server: Server, { username, password }: Credentials) =>
  ledger.wasApplied(userPassword(server, username), password);

/** The password as a field of a plan, where the one that the server has is not the declared one as far as can be known. */
export function passwordField(exists: boolean, isKept: boolean): FieldChange[] {
  if (exists && isKept) return [];
  return [{ path: 'password', ...(exists ? { before: masked } : {}), after: masked }];
}
