import type { Api, LifecycleAction, LifecycleState } from '@cdr-stack/wso2';
import { changeOf } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import type { ApiEnvironment } from '../environment.ts';

interface Seen {
  api: Api | undefined;
  lifecycle: LifecycleState | undefined;
}

/**
 * The API is published, so that applications can subscribe. After the deployment, which API Manager (4.6.0) ends by storing the API as
 * it was when it began: a state that changed meanwhile is lost, although that was answered with 200.
 */
export const publication: Step<ApiEnvironment, Seen> = {
  name: 'publication',
  title: 'API published',
  needs: ['revision'],

  declares: () => 'PUBLISHED',

  async read({ api: known, apiManager }) {
    const id = await known.id();
    if (id === undefined) return { api: undefined, lifecycle: undefined };
    const [api, lifecycle] = await Promise.all([known.find(), apiManager.publisher.lifecycleState(id)]);
    return { api, lifecycle };
  },

  plan: ({ lifecycle }, { declared }) =>
    changeOf(
      `lifecycle of API ${declared.name} ${declared.version}`,
      { state: lifecycle?.state.toUpperCase() },
      { state: 'PUBLISHED' },
    ),

  async apply({ lifecycle }, { apiManager, api: known }) {
    const api = await known.require();
    if (!api.policies?.length) {
      throw new StepError(
        `API ${api.name} ${api.version} has no business plan and cannot be published: the step endpoint sets it.`,
      );
    }
    await apiManager.publisher.changeLifecycle(api.id, actionFrom(lifecycle, api));
  },
};

/** From which state publishing is called what is the server's to say. */
function actionFrom(lifecycle: LifecycleState | undefined, { name, version }: Api): LifecycleAction {
  const offered = lifecycle?.availableTransitions?.map(({ event }) => event) ?? ['Publish'];
  const action = (['Publish', 'Re-Publish'] as const).find((one) => offered.includes(one));
  if (action) return action;
  throw new StepError(
    `API ${name} ${version} is ${lifecycle?.state}, from where it cannot be published (possible: ${offered.join(', ') || 'nothing'}). ` +
      'Delete it in the Publisher, or declare another version.',
  );
}
