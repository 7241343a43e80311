import { Wso2Error, type Wso2ErrorCode, wasNeverSent } from '@cdr-stack/wso2';
import { until } from '../registration/deadline.ts';
import { type Effect, PlatformError } from '../registration/platform.ts';

const passing: readonly Wso2ErrorCode[] = ['unreachable', 'timeout', 'server-error', 'aborted'];
const unanswered: readonly Wso2ErrorCode[] = ['unreachable', 'timeout', 'aborted'];
/** Bad Gateway and Gateway Timeout: a proxy speaks, and the server behind it may still be at work. */
const spokenByProxy: readonly (number | undefined)[] = [502, 504];

function effectOf(error: unknown): Effect {
  if (!(error instanceof Wso2Error)) return 'unknown';
  if (wasNeverSent(error)) return 'none';
  return unanswered.includes(error.code) || spokenByProxy.includes(error.status) ? 'unknown' : 'over';
}

/**
 * Makes calls to a server, for no longer than `within` lasts. Failures become a {@link PlatformError} that says whether waiting may help,
 * and whether the server may still process the call.
 */
export async function onServer<T>(server: string, within: AbortSignal, calls: () => Promise<T>): Promise<T> {
  try {
    return await until(within, calls);
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    const away = within.aborted || (error instanceof Wso2Error && passing.includes(error.code));
    const message = error instanceof Error ? error.message : 'an unknown error';
    throw new PlatformError(server, away ? 'away' : 'refused', `${server}: ${message}`, {
      cause: error,
      effect: effectOf(error),
    });
  }
}

export const isConflict = (error: unknown): boolean => error instanceof Wso2Error && error.code === 'conflict';

/** The server does not take what it was given. */
export const isRefusal = (error: unknown): boolean => error instanceof Wso2Error && error.code === 'rejected';

/** There is no such thing at that address. */
export const isAbsent = (error: unknown): boolean => error instanceof Wso2Error && error.code === 'not-found';
