import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';

/** What can be said of one environment variable; the documentation, `--help` and the parser are made from it. */
export interface Setting {
  /** Reads the text of the variable. Messages of its faults continue a sentence that begins with the name. */
  readonly schema: z.ZodType<unknown, string>;
  /** What the value is: a noun phrase, fit to follow "give". */
  readonly means: string;
  readonly unit?: 'ms' | 's' | 'bytes';
  /** The value when the variable is not set or empty, as one would write it. */
  readonly standard?: string;
  /** May be left out, although it has no standard. */
  readonly optional?: true;
  /** May come from the file that NAME_FILE names; never printed. */
  readonly secret?: true;
}

export const text = z.string().trim();

export const httpsUrl = z.url({ protocol: /^https$/, error: 'must be an https URL' });

/** TLS has a setting of its own: what a URL can say of it is understood differently by every client. */
export const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' })
  .refine(
    (url) => [...(URL.parse(url)?.searchParams.keys() ?? [])].every((name) => name === 'host'),
    'must have no parameter but host (a folder with a Unix socket): TLS is set by DCR_DATABASE_CA_FILE',
  );
export const port = z
  .string()
  .regex(/^\d+$/, 'must be a port number, 0 to 65535 (0: any free one)')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port number, 0 to 65535 (0: any free one)');

/** A whole number in `least..most`, of whatever unit the setting names. */
export const wholeNumber = (least: number, most: number) => {
  const wording = `must be a whole number, ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,12}$/, wording)
    .transform(Number)
    .refine((value) => value >= least && value <= most, wording);
};

export const flag = z.enum(['true', 'false'], "must be 'true' or 'false'").transform((value) => value === 'true');

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

const itemsOf = (value: string, separator: string | RegExp) =>
  value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const commaList = z.string().transform((value) => itemsOf(value, ','));
/** Of something without which nobody gets in. */
export const nonEmptyCommaList = commaList.refine((list) => list.length > 0, 'must have at least one entry');
export const spaceList = z.string().transform((value) => itemsOf(value, /\s+/));

function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

export const networks = commaList.refine(
  (list) => list.every(isNetwork),
  'must be a comma list of IP addresses or networks, for example 10.0.0.0/8',
);

const apiWording = 'must be a comma list of name:version, for example CDRDynamicClientRegistrationAPI:0.2';

export const apis = commaList.pipe(
  z
    .array(
      z
        .string()
        .regex(/^[^:]+:[^:]+$/, apiWording)
        .transform((value) => {
          const [name = '', version = ''] = value.split(':');
          return { name, version };
        }),
    )
    .min(1, apiWording),
);

/** A PEM file as it was when the settings were read, and where it is: certificates are rotated under a running service. */
export interface PemFile {
  readonly file: string;
  readonly pem: string;
}

export const pemFile = text.transform((file, context): PemFile => {
  try {
    const pem = readFileSync(file, 'utf8');
    if (pem.includes('-----BEGIN ')) return { file, pem };
    context.addIssue(`names ${file}, which holds no PEM`);
  } catch (error) {
    context.addIssue(`names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return z.NEVER;
});
