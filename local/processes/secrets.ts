import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Credentials } from '@cdr-stack/wso2';
import { z } from 'zod';
import { servicePath } from '../../programs/deployment-toml/own-secrets.ts';
import { passwordCharacters } from '../../programs/server-passwords.ts';
import { generatePassword } from '../../scripts/rotation/new-password.ts';
import { namedByDefault, type ServiceUsers } from '../../scripts/service-users.ts';
import { writeWholeFile } from './whole-file.ts';

/** What the servers write into their files. */
const password = z.string().regex(passwordCharacters);

const secrets = z.strictObject({
  apiManagerPassword: password.min(1),
  identityServerPassword: password.min(1),
  storePassword: password.min(6),
  /** 32 bytes in hexadecimal: what the servers encrypt with. */
  encryptionKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** In place of the word by which WSO2's pages call its APIs. */
  endpointSecret: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of PostgreSQL's users; absent in files that are older than they are. */
  databasePassword: password.min(6).optional(),
  dcrDatabasePassword: z.string().min(6).optional(),
  /** Passwords of the users that work in place of the administrators; absent in files that are older than they are. */
  serviceUsers: z
    .strictObject({
      publisher: password.min(8),
      subscriber: password.min(8),
      registration: password.min(8),
      connector: password.min(8),
    })
    .optional(),
  /** Encrypts the secrets in the stack's configuration and state. */
  stackPassphrase: z.string().min(1),
});

/** The generated secrets of the local environment. */
export type Secrets = z.output<typeof secrets>;

/** The passwords of {@link Secrets.serviceUsers} as credentials, under the names that provisioning gives by default. */
export const serviceUsersOf = ({ serviceUsers }: Secrets): ServiceUsers | undefined =>
  serviceUsers && namedByDefault(serviceUsers);

/** API Manager's administrator, with all that an administrator needs. */
export const apiManagerAdministrator = (secrets: Secrets): Credentials => ({
  username: administrator,
  password: secrets.apiManagerPassword,
  servicePath: servicePath(secrets),
});

/** Who dcr-service is at API Manager. */
export const subscriberOf = (secrets: Secrets): Credentials =>
  serviceUsersOf(secrets)?.subscriber ?? { username: administrator, password: secrets.apiManagerPassword };

/** The variables from which `npm run provision` takes these credentials. */
export function provisioningVariables(secrets: Secrets): Record<string, string> {
  const users = Object.entries(secrets.serviceUsers ?? {});
  return {
    CDR_STACK_APIM_USERNAME: administrator,
    CDR_STACK_APIM_PASSWORD: secrets.apiManagerPassword,
    CDR_STACK_APIM_SERVICE_PATH: servicePath(secrets),
    CDR_STACK_IS_USERNAME: administrator,
    CDR_STACK_IS_PASSWORD: secrets.identityServerPassword,
    ...Object.fromEntries(users.map(([user, password]) => [`CDR_STACK_${user.toUpperCase()}_PASSWORD`, password])),
  };
}

/** The servers' administrator; the product's default name, never its default password. */
export const administrator = 'admin';

/**
 * Reads the generated secrets, or generates them the first time. The file is readable by its owner only.
 *
 * @throws {Error} when the file is there but is not what this wrote.
 */
export async function loadSecrets(file: string): Promise<Secrets> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  if (text === undefined) {
    const generated = generateSecrets();
    await writeWholeFile(file, `${JSON.stringify(generated, null, 2)}\n`, { mode: 0o600 });
    return generated;
  }
  const parsed = secrets.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${file} is not a secrets file of this version: run npm run teardown, which removes it, and start again.`,
  );
}

function generateSecrets(): Secrets {
  const password = () => randomBytes(24).toString('base64url');
  return {
    apiManagerPassword: generatePassword(),
    identityServerPassword: generatePassword(),
    storePassword: password(),
    encryptionKey: randomBytes(32).toString('hex'),
    endpointSecret: randomBytes(32).toString('hex'),
    databasePassword: password(),
    dcrDatabasePassword: password(),
    serviceUsers: {
      publisher: generatePassword(),
      subscriber: generatePassword(),
      registration: generatePassword(),
      connector: generatePassword(),
    },
    stackPassphrase: password(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
