import { createPrivateKey, X509Certificate } from 'node:crypto';
import { certificatesInPkcs12 } from '../../pki/read-pkcs12.ts';
import { authorityName } from './authority.ts';
import type { StackSettings } from './stack-settings.ts';
import type { WantedCertificate } from './wanted.ts';

/** What to do with a certificate: keep it, issue or renew it, or leave it alone. */
export type Verdict =
  | { action: 'keep'; until?: Date; reason?: string }
  | { action: 'issue'; reason: string }
  | { action: 'leave'; reason: string };

export interface Judging {
  /** The certificate of the stack's CA, PEM; undefined until the CA exists. */
  authority: string | undefined;
  /** A certificate that ends before this is renewed. */
  renewBefore: Date;
}

/** Judges the value of a certificate setting. Certificates of other CAs are left alone, whatever their content. */
export function judge(settings: StackSettings, wanted: WantedCertificate, judging: Judging): Verdict {
  const { place, profile, signing } = wanted;
  const [first, second] = 'keystore' in place ? [place.keystore] : [place.certificate, place.key];
  if (settings.get(first) === undefined && (second === undefined || settings.get(second) === undefined))
    return { action: 'issue', reason: 'is not set' };
  if (signing) return { action: 'keep', reason: 'another key would turn every token away' };
  const found = certificateIn(settings, place);
  if (typeof found === 'string') return { action: 'leave', reason: found };
  if (!isIssuedHere(found, settings.stack))
    return { action: 'leave', reason: `was issued by ${oneLine(found.issuer)}, and ends on ${day(found.validToDate)}` };
  const reason = whyAnew(found, judging, profile.dnsNames ?? [], second && (settings.get(second) ?? ''));
  return reason === undefined ? { action: 'keep', until: found.validToDate } : { action: 'issue', reason };
}

function whyAnew(
  found: X509Certificate,
  { authority, renewBefore }: Judging,
  names: readonly string[],
  key: string | undefined,
): string | undefined {
  if (authority === undefined || !found.verify(new X509Certificate(authority).publicKey))
    return 'was issued by an earlier CA of this stack';
  if (found.validToDate < renewBefore) return `ends on ${day(found.validToDate)}`;
  const missing = names.filter((name) => found.checkHost(name) === undefined);
  if (missing.length > 0) return `lacks the name ${missing.join(', ')}`;
  return key === undefined || fits(found, key) ? undefined : 'is not that of its key';
}

function fits(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The leaf, or why it cannot be read. */
function certificateIn(settings: StackSettings, place: WantedCertificate['place']): X509Certificate | string {
  if ('certificate' in place) {
    const pem = settings.get(place.certificate);
    if (pem === undefined) return `has a key, but ${place.certificate} is not set: set it, or remove the key`;
    try {
      return new X509Certificate(pem);
    } catch {
      return 'is no certificate';
    }
  }
  try {
    const store = Buffer.from(settings.get(place.keystore) ?? '', 'base64');
    const [leaf] = certificatesInPkcs12(store, settings.get('storePassword') ?? '');
    return leaf ?? 'holds no certificate';
  } catch {
    return `cannot be opened with storePassword; for a new one: pulumi config rm ${place.keystore}`;
  }
}

function isIssuedHere({ issuer }: X509Certificate, stack: string): boolean {
  const { commonName, organization } = authorityName(stack);
  const lines = issuer.split('\n');
  return lines.includes(`CN=${commonName}`) && lines.includes(`O=${organization}`);
}

export const day = (date: Date) => date.toISOString().slice(0, 10);
const oneLine = (name: string) => name.split('\n').join(', ');
