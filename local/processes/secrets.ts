import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const secrets = z.strictObject({
  apiManagerPassword: z.string().min(1),
  identityServerPassword: z.string().min(1),
  storePassword: z.string().min(6),
  /** 32 bytes in hexadecimal, as API Manager 4.7 wants it. */
  encryptionKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** Encrypts the secrets in the stack's configuration and state. */
  stackPassphrase: z.string().min(1),
});

/** The generated secrets of the local environment. */
export type Secrets = z.output<typeof secrets>;

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
    await writeFile(file, `${JSON.stringify(generated, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
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
    apiManagerPassword: password(),
    identityServerPassword: password(),
    storePassword: password(),
    encryptionKey: randomBytes(32).toString('hex'),
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
