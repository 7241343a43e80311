import { readFileSync } from 'node:fs';
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
/** A whole number in `least..most`, of whatever unit the setting names. */
export const wholeNumber = (least: number, most: number, wording = `must be a whole number, ${least} to ${most}`) =>
  z
    .string()
    .regex(/^\d{1,12}$/, wording)
    .transform(Number)
    .refine((value) => value >= least && value <= most, wording);

export const port = wholeNumber(0, 65_535, 'must be a port number, 0 to 65535 (0: any free one)');

export const flag = z.enum(['true', 'false'], "must be 'true' or 'false'").transform((value) => value === 'true');

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

const itemsOf = (value: string, separator: string | RegExp) =>
  value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const commaList = z.string().transform((value) => itemsOf(value, ','));
/** For lists without which no caller could get in. */
export const nonEmptyCommaList = commaList.refine((list) => list.length > 0, 'must have at least one entry');
export const spaceList = z.string().transform((value) => itemsOf(value, /\s+/));

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

export const networks = commaList.refine(
  (list) => list.every((item) => network.safeParse(item).success),
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

function contentOf(file: string, context: z.RefinementCtx): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    context.addIssue(`names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return z.NEVER;
  }
}

/** The content of a file. */
export const textFile = text.transform(contentOf);

/** A PEM file as it was when the settings were read, and where it is: certificates are rotated under a running service. */
export const pemFile = text.transform((file, context) => {
  const pem = contentOf(file, context);
  if (pem !== z.NEVER && !pem.includes('-----BEGIN ')) context.addIssue(`names ${file}, which holds no PEM`);
  return { file, pem };
});
