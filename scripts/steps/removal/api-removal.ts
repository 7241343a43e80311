import type { ApiSubscription, ApiSummary } from '@cdr-stack/wso2';
import type { Change } from '../../engine/change.ts';
import { ConsentNeeded, StepError } from '../../engine/errors.ts';
import type { Task } from '../../engine/step.ts';
import type { Environment } from '../../environment.ts';

const labelOf = ({ name, version }: ApiSummary) => `API ${name} ${version}`;
const nameOf = ({ applicationInfo }: ApiSubscription) => `application ${applicationInfo.name}`;

/** What removing an API deletes, with its subscriptions listed by application. */
export async function planApiRemoval(api: ApiSummary, { apiManager }: Environment): Promise<Change> {
  const subscribers = (await apiManager.publisher.listApiSubscriptions(api.id)).map(nameOf);
  return {
    action: 'remove',
    resource: labelOf(api),
    fields: [],
    ...(subscribers.length > 0 && { remark: `subscribed to by ${subscribers.join(', ')}: removed only with --yes` }),
  };
}

/**
 * Removes an API with its revisions and policies.
 *
 * @throws {ConsentNeeded} if applications subscribe to it and `yes` is not set.
 * @throws {StepError} if only another account can end a subscription.
 */
export async function removeApi(api: ApiSummary, environment: Environment, task: Task): Promise<void> {
  const { publisher, devportal } = environment.apiManager;
  const subscriptions = await publisher.listApiSubscriptions(api.id);
  if (subscriptions.length > 0 && !environment.consent.yes) {
    throw new ConsentNeeded(
      `${labelOf(api)} is subscribed to by ${subscriptions.map(nameOf).join(', ')}: --yes ends these subscriptions and removes it.`,
    );
  }
  for (const { subscriptionId } of subscriptions) {
    task.checkpoint();
    await devportal.unsubscribe(subscriptionId);
  }
  const [left] = subscriptions.length > 0 ? await publisher.listApiSubscriptions(api.id) : [];
  if (left) {
    throw new StepError(
      `${labelOf(api)} is subscribed to by ${nameOf(left)} of ${left.applicationInfo.subscriber}, and only that account can end the ` +
        'subscription, in the developer portal.',
    );
  }
  task.checkpoint();
  await publisher.deleteApi(api.id);
}
