import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Server } from 'node:tls';
import type { Logger } from 'pino';
import { inRounds, type Rounds } from '../registration/rounds.ts';
import type { Settings } from '../settings.ts';
import type { Metrics } from './metrics.ts';

/** Whom the listener claims to be, and whose client certificates it accepts. */
type ListenerIdentity = Pick<Settings['listener'], 'certificate' | 'key' | 'gatewayAuthorities'>;

/**
 * Looks whether certificate and key can be used together, before a listener is given them.
 *
 * @throws Error naming the setting whose file is at fault.
 */
export function checkedIdentity({ certificate, key, gatewayAuthorities }: ListenerIdentity): X509Certificate {
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
  const privateKey = parsed('TLS_KEY_FILE', 'private key', () => createPrivateKey(key));
  parsed('GATEWAY_CA_FILE', 'certificate', () => new X509Certificate(gatewayAuthorities));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new Error(
      `The key in DCR_TLS_KEY_FILE is not that of the first certificate in DCR_TLS_CERT_FILE (${nameOf(leaf)}): give the two that belong together.`,
    );
  }
  return leaf;
}

// Of whatever else the settings of a listener hold beside the three.
const textOf = ({ certificate, key, gatewayAuthorities }: ListenerIdentity) =>
  [certificate, key, gatewayAuthorities].join();
const nameOf = ({ subject, issuer }: X509Certificate) => (subject || issuer).replaceAll('\n', ', ');

/**
 * Gives the listener new certificates when their files change, so that they can be rotated without a restart.
 * Connections that are there stay. The files are read again and again: a mounted Secret changes by a symbolic link, which
 * watchers miss. Files that do not fit together are refused and looked at again: they may be half-way written.
 */
export function keepIdentityCurrent(
  server: unknown,
  initial: ListenerIdentity,
  files: Settings['reload'],
  { logger, metrics }: { logger: Logger; metrics: Pick<Metrics, 'certificateExpiry' | 'certificateReloads'> },
): Rounds {
  if (!(server instanceof Server)) throw new TypeError('Only a TLS server has an identity.');
  const describe = (leaf: X509Certificate) => ({
    subject: nameOf(leaf),
    fingerprint: leaf.fingerprint256,
    notAfter: leaf.validToDate.toISOString(),
  });
  const measure = (leaf: X509Certificate) => metrics.certificateExpiry.set(leaf.validToDate.getTime() / 1000);

  let seen = textOf(initial);
  measure(checkedIdentity(initial));

  async function look(): Promise<void> {
    const read = (file: string) => readFile(file, 'utf8');
    const [certificate, key, gatewayAuthorities] = await Promise.all([
      read(files.certificate),
      read(files.key),
      read(files.gatewayAuthorities),
    ]);
    const found = { certificate, key, gatewayAuthorities };
    const text = textOf(found);
    if (text === seen) return;
    // Told once for each new content, good or not.
    seen = text;
    const leaf = checkedIdentity(found);
    (server as Server).setSecureContext({ cert: certificate, key, ca: gatewayAuthorities, minVersion: 'TLSv1.2' });
    measure(leaf);
    metrics.certificateReloads.inc({ outcome: 'taken' });
    logger.info(describe(leaf), 'the certificates of the listener have changed and are in use');
  }

  const round = () =>
    look().catch((error: unknown) => {
      metrics.certificateReloads.inc({ outcome: 'refused' });
      logger.error({ err: error }, 'the certificates of the listener have changed and cannot be used; the old stay');
    });
  return inRounds(round, () => files.everyMs);
}
