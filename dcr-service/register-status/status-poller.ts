import type { RegistrationContext } from '../registration/context.ts';
import { inRounds, type Rounds } from '../registration/rounds.ts';
import type { StatusList } from '../store/registration-store.ts';
import { cleanUp } from './clean-up.ts';
import { type KnownStatuses, saysRemoved } from './known-statuses.ts';
import { fetchStatusList, type StatusSource } from './status-list.ts';

export const lists: readonly StatusList[] = ['data-recipients', 'software-products'];
/** Replicas that were started together must not ask together. */
const jitter = 0.2;

/** One round: what the Register says now, or else said last, and the registrations that must go on its account. */
export function statusRound(
  context: RegistrationContext,
  known: KnownStatuses,
  source: StatusSource,
  intervalSeconds: number,
): () => Promise<void> {
  const { validation, logger } = context;
  const etags = new Map<StatusList, string | undefined>();
  let swept = new Set<string>();

  const update = async (list: StatusList) => {
    await known.load(list);
    const now = validation.now();
    const age = now - (known.readAt(list) ?? Number.NEGATIVE_INFINITY);
    // Another replica has just asked.
    if (age < intervalSeconds * (1 - 2 * jitter)) return;
    try {
      const said = await fetchStatusList(list, source, etags.get(list));
      await known.learn(list, said === 'unchanged' ? new Map() : said.statuses, now);
      if (said !== 'unchanged') etags.set(list, said.etag);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn(
        { list, readAt: known.readAt(list), reason },
        "the Register's statuses cannot be read; the last ones stay",
      );
    }
  };

  return async () => {
    for (const list of lists) await update(list);
    const companies = [...known.of('data-recipients')].filter(([, status]) => saysRemoved('data-recipients', status));
    const sweep = companies.some(([id]) => !swept.has(id));
    const removed = await cleanUp(context, known, { sweep });
    swept = new Set(companies.map(([id]) => id));
    if (removed.length > 0) logger.info({ removed }, 'registrations of removed software products were cleaned up');
  };
}

/** Asks now, and then about every so many seconds. Whether the Register answers is no matter of readiness. */
export function startStatusPoller(
  context: RegistrationContext,
  known: KnownStatuses,
  source: StatusSource,
  intervalSeconds: number,
): Rounds {
  const round = statusRound(context, known, source, intervalSeconds);
  return inRounds(
    () => round().catch((error) => context.logger.error({ err: error }, 'the round of Register statuses failed')),
    () => intervalSeconds * 1000 * (1 + jitter * (2 * Math.random() - 1)),
  );
}
