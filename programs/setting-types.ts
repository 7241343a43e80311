import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Output, secret } from '@pulumi/pulumi';
import { z } from 'zod';
import { isWellKnown, passwordCharacters, passwordCharactersInWords } from './server-passwords.ts';

// The kinds of value that a setting can have. Pulumi hands every value over as text, lists as JSON. Every fault reads on from the
// key ("storePassword is too short: ..."), says what to do, and never shows the value: it may be a secret.

const project = fileURLToPath(new URL('..', import.meta.url));
/** Where a credential store keeps them, docker leaves the members empty. */
const registries = z.looseObject({
  auths: z.record(z.string(), z.looseObject({ auth: z.string().min(1) })),
});

/** Any text. */
export const text = (remedy: string) => z.string(`is not set: ${remedy}`).trim();

/** Text that is not empty. */
export const required = (remedy: string) => text(remedy).min(1, `is empty: ${remedy}`);

/** Text, or undefined where Pulumi.yaml's default is empty. */
export const optional = text('it has a default in Pulumi.yaml').transform((value) => value || undefined);

/** A path, relative to the project. */
export const directory = text('name a directory').transform((path) => (path ? resolve(project, path) : undefined));

/** The text of a file, named relative to the project. */
export const fileText = directory.transform((path, context) => {
  try {
    return path === undefined ? undefined : readFileSync(path, 'utf8');
  } catch (error) {
    context.addIssue(`cannot be read (${(error as NodeJS.ErrnoException).code}): name a file, relative to the project`);
    return z.NEVER;
  }
});

/** Yes or no, as Pulumi hands them over. */
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

/** One of these names. */
export const oneOf = <Name extends string>(names: readonly Name[]) =>
  z.enum(names as [Name, ...Name[]], `must be one of: ${names.join(', ')}`);

/** A list of texts. */
export const listOf = (item: z.ZodType<string>, remedy: string) =>
  z
    .string(`is not set: ${remedy}`)
    .transform((json, context) => {
      try {
        return JSON.parse(json) as unknown;
      } catch {
        context.addIssue(`must be a list: ${remedy}`);
        return z.NEVER;
      }
    })
    .pipe(z.array(item, `must be a list: ${remedy}`));

/** A value that Pulumi encrypts in its state and hides in its output. */
export const secretOf = (value: z.ZodType<string>) => value.transform((plain): Output<string> => secret(plain));

const plainPassword = (of: string) =>
  required('set it with pulumi config set --secret')
    .min(6, `is too short: give ${of} a password of at least 6 characters`)
    .refine((value) => !isWellKnown(value), {
      error: `is a default that everybody knows: give ${of} one of its own`,
    });

/** A password that is not the one of WSO2's documentation. */
export const password = (of: string) => secretOf(plainPassword(of));

/** One that WSO2's servers write into their files. */
export const serverPassword = (of: string) =>
  secretOf(
    plainPassword(of).regex(
      passwordCharacters,
      `has a character that the servers' files cannot bear: give ${of} one of ${passwordCharactersInWords}`,
    ),
  );

/** A name that WSO2's servers write into their files. */
export const userName = (remedy: string) =>
  required(remedy).regex(/^[^\s&<>'"]*$/, `must do without blanks, &, <, > and quotes: ${remedy}`);

/** A PKCS#12 keystore in base64. */
export const keystore = (of: string) =>
  secretOf(
    required(`give ${of}'s PKCS#12 keystore in base64`)
      .transform((value) => value.replace(/\s+/g, ''))
      .refine((value) => /^[A-Za-z0-9+/]+={0,2}$/.test(value), {
        error: `is not base64: give ${of}'s PKCS#12 keystore, encoded`,
      }),
  );

/** An image that stays what it is: with a digest, or a tag that is not `latest`. */
export const image = (of: string) =>
  required(`name the image of ${of}`).refine((name) => isPinned(name), {
    error: 'needs a tag other than latest, or a digest: what runs must not change by itself',
  });

/** The name of a namespace (RFC 1123 label). */
export const namespaceName = text('name the namespace').regex(
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  'must be a Kubernetes name: lower-case letters, digits and "-", 63 at most',
);

/** Credentials of registries, as `docker login` writes them. */
export const dockerConfig = secretOf(
  required('give the text of a config.json as docker login writes it').refine(hasRegistries, {
    error:
      'holds no registry: give a config.json with "auths", as docker login writes it where no credential store keeps them',
  }),
);

/** A private key, not encrypted. */
export const privateKey = (of: string) =>
  secretOf(
    required(`give ${of}'s private key in PEM form`).regex(
      /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/,
      'is no private key: give it in PEM form, unencrypted (Pulumi encrypts it)',
    ),
  );

/** What it is, or undefined where Pulumi.yaml's default is empty. */
export const unlessEmpty = <Value>(value: z.ZodType<Value>) =>
  z
    .string()
    .optional()
    .transform((plain, context): Value | undefined => {
      if (!plain) return undefined;
      const { success, data, error } = value.safeParse(plain);
      // A union would say of every fault that no member of it fits.
      if (!success) for (const { message } of error.issues) context.addIssue(message);
      return success ? data : z.NEVER;
    });

/** A secret that not every stack needs. */
export const optionalSecret = (value: z.ZodType<Output<string>>) => unlessEmpty(value);

/** A whole number within bounds. */
export const wholeNumber = ({ least, most }: { least: number; most: number }) =>
  text('it has a default in Pulumi.yaml')
    .regex(/^\d{1,9}$/, `must be a whole number, ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be ${least} to ${most}`);

/** The name of a database or of a user in PostgreSQL, as it can be written everywhere without quotes of any kind. */
export const databaseIdentifier = required('it has a default in Pulumi.yaml').regex(
  /^[A-Za-z_][\w-]{0,62}$/,
  'must be letters, digits, "_" and "-", 63 at most, and begin with a letter',
);

/** A certificate, with others after it or not. */
export const pemCertificate = (of: string) =>
  required(`give the certificate of ${of} in PEM form`).refine(isCertificate, {
    error: 'is no certificate: give it in PEM form, issuing CAs after it',
  });

export const httpsUrl = (of: string) => z.url({ protocol: /^https$/, error: `must be an https URL: ${of}` });

/** A DNS name with more than one label, in lower case: certificates and routes compare it verbatim. */
export const hostName = text('name a host').regex(
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/,
  'must be a full DNS name in lower case, without scheme and port, for example gateway.data-holder.example',
);

/** An object in a namespace: `namespace/name`. */
export const gatewayReference = text('name a Gateway')
  .regex(/^[a-z0-9][-a-z0-9]*\/[a-z0-9][-.a-z0-9]*$/, 'must be namespace/name of a Gateway, for example edge/public')
  .transform((reference) => {
    const [namespace = '', name = ''] = reference.split('/');
    return { namespace, name };
  });

/** A list of `key=value`, as an object's annotations or labels. */
export const annotations = listOf(
  z.string().regex(/^[A-Za-z0-9][-\w./]*=/, 'must be a list of key=value'),
  'give key=value, or []',
).transform((entries) =>
  Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])),
);

/** A network in CIDR form. */
export const network = z.string().refine(isNetwork, 'must be networks in CIDR form, for example 10.244.0.0/16');

function isPinned(name: string): boolean {
  // A colon before the last slash is that of a registry's port.
  const [, tag] = name.replace(/^.*\//, '').split(':');
  return tag !== undefined && tag !== '' && tag !== 'latest';
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function isNetwork(value: string): boolean {
  const [address = '', bits = '', ...rest] = value.split('/');
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function hasRegistries(text: string): boolean {
  try {
    const { success, data } = registries.safeParse(JSON.parse(text));
    return success && Object.keys(data.auths).length > 0;
  } catch {
    return false;
  }
}
