import { randomBytes } from 'node:crypto';
import { isWellKnown, passwordCharacters, passwordCharactersInWords } from '../../programs/server-passwords.ts';
import { InvocationError } from '../engine/errors.ts';
import type { RotatedServer } from './administrator.ts';

/** What the servers take by default: API Manager 5 to 30 characters, Identity Server 8 to 64. */
const longest = { 'API Manager': 30, 'Identity Server': 64 } as const;
const shortest = 8;

/** Identity Server wants one of each from 7.1 on. */
const kinds = [/[0-9]/, /[A-Z]/, /[a-z]/];

/** 29 characters, one of each kind that a rule may ask for, 144 bits by chance. */
export const generatePassword = (): string => `Cdr1-${randomBytes(18).toString('base64url')}`;

/**
 * Refuses a password that the server would refuse, without a word perhaps, or could not start with.
 *
 * @throws {InvocationError} naming all that is wrong with it; never the password.
 */
export function checkNewPassword(server: RotatedServer, password: string): void {
  const most = longest[server];
  const faults = [
    ...(password.length < shortest || password.length > most ? [`must have ${shortest} to ${most} characters`] : []),
    ...(server === 'Identity Server' && !kinds.every((kind) => kind.test(password))
      ? ['must have a digit, an upper and a lower case letter']
      : []),
    ...(passwordCharacters.test(password) ? [] : [`must be of ${passwordCharactersInWords}, which its files can bear`]),
    ...(isWellKnown(password) ? ['is a default that everybody knows'] : []),
  ];
  if (faults.length > 0) throw new InvocationError(`The new password for ${server} ${faults.join('; it ')}.`);
}
