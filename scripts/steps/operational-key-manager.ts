import { type ApiManager, type Application, Wso2Error } from '@cdr-stack/wso2';
import { StepError } from '../engine/errors.ts';
import type { Step, Task } from '../engine/step.ts';
import { type NotYet, notYet, waitFor } from '../engine/wait.ts';
import type { Environment } from '../environment.ts';
import { keyManager } from './key-manager.ts';

/** The application with which a key manager is tried; it is gone when a run ends. */
export const throwAway = 'cdr-stack-key-manager-check';

/**
 * The key manager does its work: a new one reaches the components that use it a while after its 201. The portal shows it
 * first; whether it makes clients is proven by making one, in a run that wrote it or after one that was cut off here.
 */
export const operationalKeyManager: Step<Environment, Application | null> = {
  name: 'key-manager-operational',
  title: 'Key manager OBKM operational',
  needs: ['key-manager', 'api-manager-users', 'identity-server-users'],

  read: ({ apiManager }) => apiManager.devportal.findApplication(throwAway),

  plan: (leftover) =>
    leftover === null
      ? []
      : [{ action: 'remove', resource: `application ${throwAway}, left over by an earlier run`, fields: [] }],

  async apply(leftover, { apiManager }) {
    if (leftover) await apiManager.devportal.deleteApplication(leftover.applicationId);
  },

  foresee: ({ apiManager }) => apiManager.devportal.keyManagers(),

  async verify({ apiManager, instances, settings, settleSeconds }, task) {
    const { name } = settings.keyManager;
    await waitFor(task, { for: `the developer portal to show ${name}`, seconds: settleSeconds }, async () => {
      const shown = (await apiManager.devportal.keyManagers()).find((one) => one.name === name);
      if (!shown) return whyNotShown(apiManager, name);
      return shown.enabled !== false || notYet(`the key manager ${name} is disabled`);
    });
    if (!isTried(task)) return;
    // One after the other: they would make one application at once. Of several none keeps it, for this client would not hear of it.
    for (const instance of instances) {
      const where = instances.length === 1 ? '' : ` in ${instance.name}`;
      const awaited = { for: `${name} to make a client${where}`, seconds: settleSeconds };
      await waitFor(task, awaited, () => makeClient(instance.apiManager, name, instances.length === 1));
    }
  },

  // Nothing needs it to be gone.
  tidies: (task) => isTried(task),
};

const isTried = (task: Task) => task.changed(keyManager.name) || task.changed('key-manager-operational');

async function whyNotShown({ admin }: ApiManager, name: string): Promise<NotYet> {
  const stored = (await admin.listKeyManagers()).some((one) => one.name === name);
  if (stored) return notYet(`the developer portal does not list ${name}, though it is stored`);
  throw new StepError(`There is no key manager ${name} in API Manager: the step key-manager makes it.`);
}

/**
 * A failed attempt leaves a mapping behind that fails every later one, so each attempt has an application of its own.
 *
 * @param keep whether the application stays after a good attempt.
 */
async function makeClient({ devportal }: ApiManager, keyManagerName: string, keep: boolean): Promise<true | NotYet> {
  let stays = false;
  const application = await devportal.createApplication({
    name: throwAway,
    throttlingPolicy: 'Unlimited',
    description: 'Made and removed by cdr-stack to see whether the key manager makes clients.',
  });
  try {
    await devportal.generateKeys(application.applicationId, {
      keyType: 'PRODUCTION',
      keyManager: keyManagerName,
      grantTypesToBeSupported: ['client_credentials'],
    });
    stays = keep;
    return true;
  } catch (error) {
    if (!(error instanceof Wso2Error) || error.code === 'aborted') throw error;
    return notYet(error.message);
  } finally {
    if (!stays) await devportal.deleteApplication(application.applicationId);
  }
}
