import { Wso2Error, wso2Codes } from '@cdr-stack/wso2';
import type { Task } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { ApiEnvironment } from '../environment.ts';

/**
 * Writes to an API. API Manager refuses that (400, 901403) as long as it has not heard that a key manager of the API is there and
 * enabled: it hears of a change a while after the answer to it, and in between may believe an older one again (4.6.0).
 */
export function onceKeyManagersAreHeard<T>(
  task: Task,
  { declared: { name, version }, settleSeconds }: ApiEnvironment,
  write: () => Promise<T>,
): Promise<T> {
  const awaited = { for: `API Manager to know the key managers of API ${name} ${version}`, seconds: settleSeconds };
  return waitFor(task, awaited, async () => {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Wso2Error) || error.wso2Code !== wso2Codes.keyManagerNotRegistered) throw error;
      return notYet(error.message);
    }
  });
}
