import { Wso2Error, type Wso2ErrorCode } from '@cdr-stack/wso2';
import { PlatformError } from '../registration/platform.ts';

const passing: readonly Wso2ErrorCode[] = ['unreachable', 'timeout', 'server-error', 'aborted'];

/** Runs a call; what goes wrong becomes a {@link PlatformError} that tells the use cases whether waiting may help. */
export async function onServer<T>(server: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    const away = error instanceof Wso2Error && passing.includes(error.code);
    const message = error instanceof Error ? error.message : 'an unknown error';
    throw new PlatformError(server, away ? 'away' : 'refused', `${server}: ${message}`, { cause: error });
  }
}

export const isConflict = (error: unknown): boolean => error instanceof Wso2Error && error.code === 'conflict';
