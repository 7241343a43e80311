import { type Readiness, Wso2Error } from '@cdr-stack/wso2';
import { StepError } from '../engine/errors.ts';
import { watch } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { Environment } from '../environment.ts';

/**
 * Both servers do their work. A ready pod is not enough: client registration answers 500 for minutes after the health
 * check is green.
 */
export const servers = watch<Environment>({
  name: 'servers',
  title: 'Servers operational',
  needs: ['trust'],
  async look({ instances, identityServer, startSeconds, wait }, task) {
    const until = (server: string, ready: () => Promise<Readiness>) =>
      waitFor(task, { for: `${server} to be operational`, seconds: startSeconds }, async () => {
        const answer = await ready();
        if (answer.operational) return true;
        if (!wait) throw new StepError(answer.reason, { cause: new Wso2Error('unreachable', answer.reason) });
        return notYet(answer.reason);
      });
    await Promise.all([
      ...instances.map(({ name, apiManager }) => until(name, () => apiManager.isOperational())),
      until('Identity Server', () => identityServer.health()),
    ]);
  },
});
