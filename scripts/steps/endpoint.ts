import type { Api } from '@cdr-stack/wso2';
import { changeOf } from '../engine/change.ts';
import type { Step } from '../engine/step.ts';
import type { ApiEnvironment } from '../environment.ts';
import { onceKeyManagersAreHeard } from './key-managers-heard.ts';

/** Lists of names in one order: API Manager keeps plans, transports and key managers as sets. */
export const asSets = (api: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(api).map(([name, value]) => [name, isListOfNames(value) ? value.toSorted() : value]),
  );

const isListOfNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((element) => typeof element === 'string');

/** Where the gateway forwards to, business plans, key managers, transport: fields of the API object. */
export const endpoint: Step<ApiEnvironment, Api | undefined> = {
  name: 'endpoint',
  title: 'Endpoint, plan, key managers',
  needs: ['policy'],

  declares: ({ declared }) => declared.runtime,

  read: ({ api }) => api.find(),

  plan: (seen, { declared }) => {
    const resource = `runtime of API ${declared.name} ${declared.version}`;
    // The object is the API, which another step makes: for this one there is nothing but fields.
    return changeOf(resource, asSets(seen ?? {}), asSets(declared.runtime));
  },

  async apply(_, environment, task) {
    const { apiManager, api, declared } = environment;
    const current = await api.require();
    const body = { ...current, ...declared.runtime };
    await onceKeyManagersAreHeard(task, environment, () => apiManager.publisher.updateApi(current.id, body));
  },
};
