import type { Readiness } from './access.ts';
import { Wso2Error, type Wso2ErrorCode } from './errors.ts';

// While a server starts its web applications come up one by one: 404 and half answers are signs of that.
const passing: ReadonlySet<Wso2ErrorCode> = new Set([
  'unreachable',
  'timeout',
  'server-error',
  'not-found',
  'unexpected-answer',
]);

/**
 * Turns failures that pass with time into a reason to wait.
 * @throws Wso2Error when waiting cannot help: an untrusted certificate, wrong credentials, a missing scope
 */
export async function whetherOperational(check: () => Promise<unknown>): Promise<Readiness> {
  try {
    await check();
    return { operational: true };
  } catch (error) {
    if (error instanceof Wso2Error && passing.has(error.code)) return { operational: false, reason: error.message };
    throw error;
  }
}
