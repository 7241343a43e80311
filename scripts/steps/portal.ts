import { StepError } from '../engine/errors.ts';
import { watch } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { ApiEnvironment } from '../environment.ts';

/** The developer portal shows the API: dcr-service finds it there, by an index that lags behind the database. */
export const portal = watch<ApiEnvironment>({
  name: 'portal',
  title: 'API visible in the developer portal',
  needs: ['publication'],
  foresee: ({ apiManager, declared: { name, version } }) => apiManager.devportal.findApi(name, version),
  async verify({ apiManager, instances, api, declared: { name, version }, settleSeconds }, task) {
    const awaited = { for: `the developer portal to show API ${name} ${version}`, seconds: settleSeconds };
    await waitFor(task, awaited, async () => {
      // Each has an index of its own, and dcr-service may ask any.
      const listed = await Promise.all(instances.map((one) => one.apiManager.devportal.findApi(name, version)));
      if (listed.every(Boolean)) return true;
      const { state } = await apiManager.publisher.lifecycleState((await api.require()).id);
      if (state.toUpperCase() === 'PUBLISHED') return notYet('it is published, and the portal does not list it');
      throw new StepError(`API ${name} ${version} is ${state}, not published: the step publication publishes it.`);
    });
  },
});
