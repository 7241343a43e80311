import { readFile } from 'node:fs/promises';
import { Server } from 'node:tls';
import type { Logger } from 'pino';
import { inRounds, type Rounds } from '../registration/rounds.ts';
import type { Settings } from '../settings.ts';
import {
  type CheckedIdentity,
  checkedIdentity,
  datesAtFault,
  described,
  type ListenerIdentity,
} from './listener-identity.ts';
import type { Metrics } from './metrics.ts';

// Of whatever else the settings of a listener hold beside the three.
const textOf = ({ certificate, key, gatewayAuthorities }: ListenerIdentity) =>
  [certificate, key, gatewayAuthorities].join();

/** @throws Error when the new identity is not valid where the one in use is. */
function mustNotEndService(found: CheckedIdentity, inUse: CheckedIdentity, now: number): void {
  const ended = datesAtFault(inUse, now).map(({ setting }) => setting);
  const added = datesAtFault(found, now).filter(({ setting }) => !ended.includes(setting));
  if (added.length === 0) return;
  const messages = added.map(({ message }) => message).join(' ');
  throw new Error(`${messages} What is in use is valid: give one that is valid now.`);
}

/**
 * Gives the listener new certificates when their files change, so that they can be rotated without a restart.
 * Connections that are there stay. The files are read again and again: a mounted Secret changes by a symbolic link, which
 * watchers miss. Files that do not fit together are refused and looked at again: they may be half-way written. So are
 * certificates that are not valid now, while those in use are: they may become so, and those in use may end.
 *
 * @param now milliseconds since 1970.
 */
export function keepIdentityCurrent(
  server: unknown,
  initial: ListenerIdentity,
  files: Settings['reload'],
  { logger, metrics }: { logger: Logger; metrics: Pick<Metrics, 'certificateExpiry' | 'certificateReloads'> },
  now: () => number = Date.now,
): Rounds {
  if (!(server instanceof Server)) throw new TypeError('Only a TLS server has an identity.');
  const measure = ({ leaf }: CheckedIdentity) => metrics.certificateExpiry.set(leaf.validToDate.getTime() / 1000);

  let inUse = checkedIdentity(initial);
  let textInUse = textOf(initial);
  /** The content that was refused last, and why: reported once. */
  let reported: string | undefined;
  measure(inUse);
  const reportFaults = () => {
    for (const { message } of datesAtFault(inUse, now()))
      logger.error(`the gateway cannot call this service: ${message} Replace it; the files are read again.`);
  };
  reportFaults();

  async function found(): Promise<ListenerIdentity> {
    const read = (file: string) => readFile(file, 'utf8');
    const [certificate, key, gatewayAuthorities] = await Promise.all([
      read(files.certificate),
      read(files.key),
      read(files.gatewayAuthorities),
    ]);
    return { certificate, key, gatewayAuthorities };
  }

  function take(candidate: ListenerIdentity): void {
    const identity = checkedIdentity(candidate);
    mustNotEndService(identity, inUse, now());
    const { certificate: cert, key, gatewayAuthorities: ca } = candidate;
    (server as Server).setSecureContext({ cert, key, ca, minVersion: 'TLSv1.2' });
    const before = inUse;
    [inUse, textInUse] = [identity, textOf(candidate)];
    measure(identity);
    metrics.certificateReloads.inc({ outcome: 'taken' });
    logger.info(described(identity.leaf), 'the certificates of the listener have changed and are in use');
    if (identity.leaf.validToDate < before.leaf.validToDate)
      logger.warn(
        { ...described(identity.leaf), before: described(before.leaf) },
        'the certificate of the listener expires earlier than the one before it: right for a rollback only',
      );
    reportFaults();
  }

  async function round(): Promise<void> {
    let text = '';
    try {
      const candidate = await found();
      text = textOf(candidate);
      if (text !== textInUse) take(candidate);
      reported = undefined;
    } catch (error) {
      const refusal = `${text} ${(error as Error).message}`;
      if (refusal === reported) return;
      reported = refusal;
      metrics.certificateReloads.inc({ outcome: 'refused' });
      logger.error({ err: error }, 'the certificates of the listener have changed and cannot be used; the old stay');
    }
  }
  return inRounds(round, () => files.everyMs);
}
