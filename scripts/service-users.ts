import type { Credentials } from '@cdr-stack/wso2';
import { serviceUserNames } from '../programs/outputs.ts';
import { InvocationError } from './engine/errors.ts';

/** The users that call the servers instead of their administrators, each with the least roles that it needs. */
export type ServiceUsers = Record<keyof typeof serviceUserNames, Credentials>;

export type ServiceUser = keyof ServiceUsers;

export const defaultNames: Readonly<Record<ServiceUser, string>> = serviceUserNames;

/** These passwords, with the names that a stack gives. */
export function namedByDefault(passwords: Record<ServiceUser, string>): ServiceUsers {
  const account = (user: ServiceUser) => ({ username: defaultNames[user], password: passwords[user] });
  return {
    publisher: account('publisher'),
    subscriber: account('subscriber'),
    registration: account('registration'),
    connector: account('connector'),
  };
}

/** API Manager takes 3 to 30 characters for a name and 5 to 30 for a password, the Identity Server passwords of 8 and more. */
const name = /^\S{3,30}$/;
const password = /^\S{8,30}$/;

/**
 * What the servers would refuse, API Manager without a word.
 *
 * @throws {InvocationError} naming all that is wrong.
 */
export function checkServiceUsers(users: ServiceUsers, administrators: readonly (Credentials | undefined)[]): void {
  const all = Object.entries(users) as [ServiceUser, Credentials][];
  const taken = new Set(administrators.map((one) => one?.username));
  const faults: string[] = [];
  for (const [user, account] of all) {
    if (!name.test(account.username)) faults.push(`the name of the ${user} must be 3 to 30 characters without blanks`);
    if (!password.test(account.password))
      faults.push(`the password of the ${user} must be 8 to 30 characters without blanks`);
    if (taken.has(account.username)) faults.push(`the ${user} must not be called ${account.username}, which is taken`);
    taken.add(account.username);
  }
  if (faults.length > 0) throw new InvocationError(`The service users cannot be made: ${faults.join('; ')}.`);
}
