import { X509Certificate } from 'node:crypto';
import { type Authority, generateRsaKey, leafStatement, sign } from '../../pki/issue-certificate.ts';
import { splitBundle } from '../../pki/pem.ts';
import { pkcs12Keystore } from '../../pki/pkcs12.ts';
import { InvocationError } from '../engine/errors.ts';
import { authorityOf, authoritySetting, authorityText, createAuthority, declare, isDeclared } from './authority.ts';
import { day, judge, type Verdict } from './present.ts';
import type { StackSettings } from './stack-settings.ts';
import { type WantedCertificate, wantedCertificates } from './wanted.ts';

export interface Options {
  /** Days before its end from which a certificate is renewed. */
  renewBefore: number;
  /** Days that a certificate of TLS is good for. */
  days: number;
  /** Say what would be done, and do nothing. */
  plan: boolean;
  /** The CA alone, so that it is trusted everywhere before anything is issued by it. */
  authorityOnly: boolean;
}

/** One thing that was done, or is to be done, or is left. */
export interface Line {
  what: string;
  action: Verdict['action'];
  /** Why it is issued or left. */
  reason?: string;
  /** The expiry date of the certificate that was kept or issued; a plan leaves it out. */
  until?: string;
}

const milliseconds = 24 * 60 * 60 * 1000;
/** Of a signing key: it is exchanged by intention, not by the calendar. */
const signingDays = 3650;
/** Of the products: the alias of a server's own key. */
const keyAlias = 'wso2carbon';

/**
 * Makes the stack's settings hold what they lack. The CA is kept and declared before anything is issued by it, so that a run that was cut
 * off is finished by the next one; a second run does nothing.
 *
 * @throws {InvocationError} when something is missing that only a person can give.
 */
export async function converge(settings: StackSettings, options: Options, now = Date.now()): Promise<Line[]> {
  if (options.renewBefore >= options.days)
    throw new InvocationError('--renew-before must be less than --days, or each run would issue everything anew.');
  const { certificates, others } = wantedCertificates(settings);
  const lines: Line[] = [];
  let authority = authorityOf(settings);
  const renewBefore = new Date(now + options.renewBefore * milliseconds);
  const judged = certificates.map((wanted) => ({
    wanted,
    verdict: judge(settings, wanted, { authority: authority?.certificate, renewBefore }),
  }));
  const tasks = options.authorityOnly ? [] : judged;
  requireStorePassword(settings, tasks);
  if (options.authorityOnly || judged.some(({ wanted, verdict }) => !wanted.signing && verdict.action !== 'leave')) {
    const own = await openAuthority(settings, authority, options, renewBefore);
    authority = own.authority;
    lines.push(...own.lines);
  }
  for (const { wanted, verdict } of tasks) {
    const what = placeOf(wanted);
    if (verdict.action === 'keep') {
      const { until, ...kept } = verdict;
      lines.push({ what, ...kept, ...(until && { until: day(until) }) });
    } else if (verdict.action === 'leave') lines.push({ what, ...verdict });
    else if (options.plan) lines.push({ what, ...verdict });
    else lines.push({ what, ...verdict, until: await issue(settings, wanted, authority, options.days, now) });
  }
  if (!options.authorityOnly)
    lines.push(...others.map(({ setting, reason }): Line => ({ what: setting, action: 'leave', reason })));
  return lines;
}

async function openAuthority(
  settings: StackSettings,
  present: Authority | undefined,
  { plan }: Options,
  renewBefore: Date,
): Promise<{ authority: Authority | undefined; lines: Line[] }> {
  const [what, file] = [`issuing CA of ${settings.stack}`, `${settings.trustDirectory}/servers`];
  if (present && new X509Certificate(present.certificate).validToDate < renewBefore) {
    throw new InvocationError(
      `The ${what} expires on ${day(new X509Certificate(present.certificate).validToDate)}: docs/certificates.md says how to replace it.`,
    );
  }
  const declared = present !== undefined && (await isDeclared(present, settings.trustDirectory));
  if (present && declared) return { authority: present, lines: [{ what, action: 'keep', until: endOf(present) }] };
  const reason = present ? `is not declared in ${file}` : 'is not there';
  if (plan) return { authority: present, lines: [{ what, action: 'issue', reason }] };
  const authority = present ?? (await createAuthority(settings.stack));
  if (!present) await settings.set(authoritySetting, authorityText(authority), 'secret');
  const written = await declare(authority, settings.trustDirectory);
  return {
    authority,
    lines: [{ what: `${what}, declared in ${written}`, action: 'issue', reason, until: endOf(authority) }],
  };
}

async function issue(
  settings: StackSettings,
  { place, profile, signing }: WantedCertificate,
  authority: Authority | undefined,
  days: number,
  now: number,
): Promise<string> {
  const key = await generateRsaKey();
  const issuer = signing ? 'itself' : authority;
  if (issuer === undefined) throw new Error('There is no CA to issue with.');
  const statement = await leafStatement(profile, key, issuer);
  const certificate = await sign(statement, key, issuer, signing ? signingDays : days, lifeWithin(issuer, days, now));
  if ('keystore' in place) {
    // The CA, being a root, is in truststores and not in the chain.
    const store = pkcs12Keystore(
      { alias: keyAlias, key, chain: splitBundle(certificate) },
      settings.get('storePassword') ?? '',
    );
    await settings.set(place.keystore, store.toString('base64'), 'secret');
  } else {
    // The certificate first: one of this CA whose key is missing is made anew, a key alone may be a person's.
    await settings.set(place.certificate, certificate, 'plain');
    await settings.set(place.key, key, 'secret');
  }
  return day(new X509Certificate(certificate).validToDate);
}

/** A certificate does not outlive its issuer. */
function lifeWithin(issuer: Authority | 'itself', days: number, now: number): { notAfter?: Date } {
  if (issuer === 'itself') return {};
  const end = new X509Certificate(issuer.certificate).validToDate;
  return end.getTime() < now + days * milliseconds ? { notAfter: end } : {};
}

function requireStorePassword(
  settings: StackSettings,
  judged: readonly { wanted: WantedCertificate; verdict: Verdict }[],
): void {
  const needs = judged.some(({ wanted, verdict }) => 'keystore' in wanted.place && verdict.action === 'issue');
  if (needs && settings.get('storePassword') === undefined)
    throw new InvocationError('storePassword is not set: the keystores are under it; pulumi config set --secret.');
}

const placeOf = ({ place }: WantedCertificate) =>
  'keystore' in place ? place.keystore : `${place.certificate}, ${place.key}`;
const endOf = ({ certificate }: Authority) => day(new X509Certificate(certificate).validToDate);
