import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readAuthorities } from '../settings/authority-file.ts';
import { nameOf, whyNotValid } from '../settings/certificate-words.ts';
import type { Settings } from '../settings.ts';

/** Whom the listener claims to be, and whose client certificates it accepts. */
export type ListenerIdentity = Pick<Settings['listener'], 'certificate' | 'key' | 'gatewayAuthorities'>;

/** The same, read. */
export interface CheckedIdentity {
  /** The listener's own certificate. */
  readonly leaf: X509Certificate;
  /** What it sends: the leaf, then what else is in the file. */
  readonly chain: readonly X509Certificate[];
  readonly gatewayAuthorities: readonly X509Certificate[];
}

/**
 * Looks whether certificate and key can be used together, before a listener is given them.
 *
 * @throws Error naming the setting whose file is at fault.
 */
export function checkedIdentity({ certificate, key, gatewayAuthorities }: ListenerIdentity): CheckedIdentity {
  const parsed = <T>(setting: string, what: string, parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      throw new Error(`DCR_${setting} holds no ${what} that can be read: give a PEM file that openssl reads.`, {
        cause: error,
      });
    }
  };
  const leaf = parsed('TLS_CERT_FILE', 'certificate', () => new X509Certificate(certificate));
  const chain = parsed('TLS_CERT_FILE', 'chain', () => certificatesIn(certificate));
  const privateKey = parsed('TLS_KEY_FILE', 'private key', () => createPrivateKey(key));
  const authorities = parsed('GATEWAY_CA_FILE', 'certificate', () => readAuthorities(gatewayAuthorities));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new Error(
      `The key in DCR_TLS_KEY_FILE is not that of the first certificate in DCR_TLS_CERT_FILE (${nameOf(leaf)}): give the two that belong together.`,
    );
  }
  return { leaf, chain, gatewayAuthorities: authorities };
}

/** A key may stand beside them, as some tools write it. */
const certificatesIn = (pem: string) =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  );

/** A file by which the gateway cannot get through to the listener, although it can be read. */
export interface DateFault {
  readonly setting: 'DCR_TLS_CERT_FILE' | 'DCR_GATEWAY_CA_FILE';
  /** A sentence that names the first certificate at fault. */
  readonly message: string;
}

const faultOf = (setting: DateFault['setting'], certificate: X509Certificate, reason: string): DateFault => ({
  setting,
  message: `${nameOf(certificate)} in ${setting} ${reason}.`,
});

/** Follows what the listener sends from its own certificate upwards; of several issuers one that is valid suffices. */
function faultOfChain(chain: readonly X509Certificate[], now: number): DateFault | undefined {
  let [link] = chain;
  let rest = chain.slice(1);
  while (link) {
    const current: X509Certificate = link;
    const reason = whyNotValid(current, now);
    if (reason !== undefined) return faultOf('DCR_TLS_CERT_FILE', current, reason);
    const above = rest.filter((one) => current.checkIssued(one));
    rest = rest.filter((one) => !above.includes(one));
    link = above.find((one) => whyNotValid(one, now) === undefined) ?? above[0];
  }
  return undefined;
}

function faultOfAuthorities(authorities: readonly X509Certificate[], now: number): DateFault | undefined {
  const [first] = authorities;
  if (!first || authorities.some((one) => whyNotValid(one, now) === undefined)) return undefined;
  return faultOf('DCR_GATEWAY_CA_FILE', first, whyNotValid(first, now) ?? '');
}

/**
 * What of an identity does not count at that moment.
 *
 * @param now milliseconds since 1970.
 */
export function datesAtFault({ chain, gatewayAuthorities }: CheckedIdentity, now: number): DateFault[] {
  return [faultOfChain(chain, now), faultOfAuthorities(gatewayAuthorities, now)].filter((fault) => fault !== undefined);
}

/** What a log says of a certificate. */
export const described = (leaf: X509Certificate) => ({
  subject: nameOf(leaf),
  fingerprint: leaf.fingerprint256,
  notAfter: leaf.validToDate.toISOString(),
});
