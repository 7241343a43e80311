import type { Output } from '@pulumi/pulumi';
import { z } from 'zod';
import { serviceUserNames } from './outputs.ts';
import { isWellKnown, passwordCharacters, passwordCharactersInWords } from './server-passwords.ts';
import { optionalSecret, required, secretOf } from './setting-types.ts';

/** An account of one of the servers. */
export interface Account {
  username: string;
  password: Output<string>;
}

export type ServiceUser = keyof typeof serviceUserNames;

/** API Manager takes at most 30 characters, Identity Server at least 8. */
const password = z
  .string()
  .min(8)
  .max(30)
  .regex(passwordCharacters)
  .refine((text) => !isWellKnown(text));
const passwords = z.strictObject({
  publisher: password,
  subscriber: password,
  registration: password,
  connector: password,
} satisfies Record<ServiceUser, z.ZodType>);

const arePasswords = (text: string) => {
  try {
    return passwords.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
};

/** The passwords of the four users as one setting, because setting only some of them would be a mistake. */
export const serviceUsers = optionalSecret(
  secretOf(
    required('give the passwords as JSON').refine(arePasswords, {
      error: `must be JSON with the passwords of ${Object.keys(serviceUserNames).join(', ')}, each of 8 to 30 characters (${passwordCharactersInWords}), and none that everybody knows`,
    }),
  ),
);

/** One of the users, as the setting has it. */
export const serviceUser = (setting: Output<string>, user: ServiceUser): Account => ({
  username: serviceUserNames[user],
  password: setting.apply((text) => passwords.parse(JSON.parse(text))[user]),
});
