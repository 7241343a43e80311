import { isDeepStrictEqual } from 'node:util';
import type { Registration } from '../store/registration-store.ts';
import type { RegistrationContext } from './context.ts';
import { reportDifferences } from './report-differences.ts';
import { inRounds, type Rounds } from './rounds.ts';

/** Looks at one registration's client, and reports in which ways it is not what was registered. */
async function lookAt(registration: Registration, context: RegistrationContext): Promise<void> {
  const { store, platform, deadlineMs } = context;
  const { clientId, metadata } = registration;
  const softwareId = metadata.software_id;
  const differences = await platform.oauthClients.inspect(clientId, metadata, AbortSignal.timeout(deadlineMs));
  if (differences === undefined || differences.length === 0) return;
  // A client that is being changed is not what it was, and not yet what it will be.
  const [change, after] = await Promise.all([store.changeUnderWay(softwareId), store.find(clientId)]);
  if (change !== undefined || !isDeepStrictEqual(after, registration)) return;
  reportDifferences(context, { clientId, softwareId }, differences);
}

/**
 * Looks at the clients at the authorisation server, one after the other and then from the beginning again: somebody may change them
 * there, and a client with other redirect URIs gives codes away. Changes nothing.
 *
 * @param everyMs the pause before each look.
 */
export function startPatrol(context: RegistrationContext, everyMs: number): Rounds {
  const { store, logger } = context;
  let after: string | undefined;
  const round = async () => {
    try {
      const [next] = await store.list({ limit: 1, ...(after !== undefined && { after }) });
      after = next?.clientId;
      const registration = next?.change === undefined && next ? await store.find(next.clientId) : undefined;
      if (registration) await lookAt(registration, context);
    } catch (error) {
      logger.warn({ err: error }, 'a client could not be looked at');
    }
  };
  let first = true;
  return inRounds(
    async () => {
      // At the start the service has other things to do.
      if (!first) await round();
      first = false;
    },
    () => everyMs,
  );
}
