import type { Api } from '@cdr-stack/wso2';
import type { DeclaredApi } from '../declared-api.ts';
import { changeOf } from '../engine/change.ts';
import type { Step } from '../engine/step.ts';
import type { ApiEnvironment } from '../environment.ts';
import { comparableEndpointConfig, endpointConfigFrom, removedMembers, sendsCredentials } from './endpoint-config.ts';
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

  plan(seen, { declared: { name, version, runtime } }) {
    const before = comparableEndpointConfig(seen?.endpointConfig, runtime.endpointConfig);
    const removed = removedMembers(seen?.endpointConfig, withDeclared(seen, runtime).endpointConfig, [
      'endpointConfig',
    ]);
    // The object is the API, which another step makes: for this one there is nothing but fields.
    const actual = asSets({ ...seen, endpointConfig: before });
    const changes = changeOf(`runtime of API ${name} ${version}`, actual, asSets(runtime), removed);
    const isElsewhere = changes.some(({ fields }) => fields.some(({ path }) => /^endpointConfig\..*\burl$/.test(path)));
    if (!isElsewhere || !sendsCredentials(withDeclared(seen, runtime).endpointConfig)) return changes;
    const remark = 'endpoint security stays as it is: its credentials go to the new address';
    return changes.map((change) => ({ ...change, remark }));
  },

  async apply(_, environment, task) {
    const { apiManager, api, declared } = environment;
    const current = await api.require();
    const body = withDeclared(current, declared.runtime);
    await onceKeyManagersAreHeard(task, environment, () => apiManager.publisher.updateApi(current.id, body));
  },
};

const withDeclared = <Fields extends Partial<Api>>(api: Fields | undefined, runtime: DeclaredApi['runtime']) => ({
  ...api,
  ...runtime,
  endpointConfig: endpointConfigFrom(api?.endpointConfig, runtime.endpointConfig),
});
