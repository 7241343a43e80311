import type { ApiManager } from '@cdr-stack/wso2';
import type { Servers } from './drift-kinds.ts';

/** API Manager with what the kinds of drift need of it at hand. */
export function tamperingServers(connected: ApiManager): Servers {
  const { publisher, admin } = connected;
  const api = async () =>
    publisher.getApi((await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2'))?.id ?? '');
  return {
    ...connected,
    api,
    async keyManager(name) {
      const found = (await admin.listKeyManagers()).find((one) => one.name === name);
      return admin.getKeyManager(found?.id ?? '');
    },
    async reach(action, state) {
      const { id } = await api();
      await publisher.changeLifecycle(id, action);
      while ((await publisher.lifecycleState(id)).state.toUpperCase() !== state);
    },
  };
}
