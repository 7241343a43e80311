import {
  type ApiResource,
  type ApiSummary,
  type Application,
  dataHolderScopes,
  type KeyManager,
} from '@cdr-stack/wso2';
import { ConsentNeeded } from '../../engine/errors.ts';
import type { Step } from '../../engine/step.ts';
import type { Environment } from '../../environment.ts';
import { ownerOf, ownerOfUser } from '../../ownership.ts';
import { removedUser, seenUsers } from '../api-manager-users.ts';
import { generationIn, isForeign, removedIdentityUser, seenIdentityUsers } from '../identity-server-users.ts';
import { keyManagerNamed } from '../key-manager.ts';
import { residentKeyManagerBefore, residentName } from '../resident-key-manager.ts';
import { servers } from '../servers.ts';
import { trust } from '../trust.ts';
import { userPassword } from '../user-password.ts';
import { planApiRemoval, removeApi } from './api-removal.ts';
import { foreignApis, ownApis } from './own-apis.ts';

/** Registered clients live in the key manager; without it they are nothing, and while they are there it cannot go. */
const applications: Step<Environment, Application[]> = {
  name: 'applications',
  title: 'Applications of the key manager',
  needs: ['servers'],

  async read({ apiManager, settings, owner }) {
    const { name } = settings.keyManager;
    const keyManager = await keyManagerNamed(name, apiManager);
    if (!keyManager || ownerOf(keyManager) !== owner) return [];
    const all = await apiManager.devportal.listApplications();
    const keys = await Promise.all(all.map(({ applicationId }) => apiManager.devportal.listKeys(applicationId)));
    return all.filter((_, index) => keys[index]?.some((key) => key.keyManager === name));
  },

  plan: (found, { settings }) =>
    found.map(({ name }) => ({
      action: 'remove',
      resource: `application ${name}`,
      fields: [],
      remark: `it has keys of key manager ${settings.keyManager.name}: removed only with --yes`,
    })),

  async apply(found, { apiManager, settings, consent }, task) {
    if (!consent.yes) {
      throw new ConsentNeeded(
        `Key manager ${settings.keyManager.name} has clients: applications ${found.map(({ name }) => name).join(', ')}. ` +
          '--yes removes them and their registrations with it.',
      );
    }
    for (const { applicationId } of found) {
      task.checkpoint();
      await apiManager.devportal.deleteApplication(applicationId);
    }
  },
};

const apis: Step<Environment, ApiSummary[]> = {
  name: 'apis',
  title: 'APIs',
  needs: ['applications'],

  async read(environment) {
    for (const { name, version } of await foreignApis(environment)) environment.left.add(`API ${name} ${version}`);
    return ownApis(environment);
  },

  plan: (found, environment) => Promise.all(found.map((api) => planApiRemoval(api, environment))),

  async apply(found, environment, task) {
    for (const api of found) await removeApi(api, environment, task);
  },
};

/** What we switched off is switched on again, before its successor goes. */
const resident: Step<Environment, KeyManager | undefined> = {
  name: 'resident-key-manager',
  title: 'Resident key manager',
  needs: ['apis'],

  async read({ apiManager, ledger }) {
    if (!(await ledger.wasApplied(residentKeyManagerBefore, 'enabled'))) return undefined;
    return keyManagerNamed(residentName, apiManager);
  },

  plan: (found) =>
    found && found.enabled === false
      ? [
          {
            action: 'update',
            resource: `key manager ${residentName}`,
            fields: [{ path: 'enabled', before: false, after: true }],
          },
        ]
      : [],

  async apply(found, { apiManager, ledger }) {
    if (!found) return;
    await apiManager.admin.updateKeyManager(found.id, { ...found, enabled: true });
    await ledger.remember(residentKeyManagerBefore, 'restored');
  },
};

const keyManager: Step<Environment, KeyManager | undefined> = {
  name: 'key-manager',
  title: 'Key manager OBKM',
  needs: ['resident-key-manager'],

  async read({ apiManager, settings, owner, left }) {
    const { name } = settings.keyManager;
    const found = await keyManagerNamed(name, apiManager);
    if (!found || ownerOf(found) === owner) return found;
    left.add(`key manager ${name}`);
    return undefined;
  },

  plan: (found) => (found ? [{ action: 'remove', resource: `key manager ${found.name}`, fields: [] }] : []),

  async apply(found, { apiManager }) {
    if (found) await apiManager.admin.deleteKeyManager(found.id);
  },
};

const scopes: Step<Environment, ApiResource | null> = {
  name: 'data-holder-scopes',
  title: 'Scopes at Identity Server',
  needs: ['apis'],

  async read(environment) {
    if (!(await generationIn(environment)).scopesPerClient) return null;
    const found = await environment.identityServer.apiResources.find(dataHolderScopes);
    if (!found || ownerOfUser(found.description) === environment.owner) return found;
    environment.left.add(`API resource ${dataHolderScopes} of Identity Server`);
    return null;
  },

  plan: (found) =>
    found ? [{ action: 'remove', resource: `API resource ${dataHolderScopes} of Identity Server`, fields: [] }] : [],

  async apply(found, { identityServer }) {
    if (found) await identityServer.apiResources.remove(found.id);
  },
};

const apiManagerUsers: Step<Environment, Awaited<ReturnType<typeof seenUsers>>> = {
  name: 'api-manager-users',
  title: 'Service users of API Manager',
  needs: ['key-manager'],

  async read(environment) {
    const there = (await seenUsers(environment)).filter(({ stored }) => stored !== null);
    const isOurs = ({ stored }: (typeof there)[number]) => ownerOfUser(stored?.externalId) === environment.owner;
    for (const one of there) if (!isOurs(one)) environment.left.add(removedUser(one).resource);
    return there.filter(isOurs);
  },

  plan: (found) => found.map(removedUser),

  async apply(found, { apiManager, ledger }) {
    // The users that are about to go are not to do it.
    apiManager.speakAs({});
    for (const { account } of found) {
      await apiManager.users.remove(account.username);
      await ledger.remember(userPassword('API Manager', account.username), 'removed');
    }
  },
};

const identityServerUsers: Step<Environment, Awaited<ReturnType<typeof seenIdentityUsers>>> = {
  name: 'identity-server-users',
  title: 'Service users of Identity Server',
  needs: ['key-manager'],

  async read(environment) {
    const there = (await seenIdentityUsers(environment)).filter(({ stored }) => stored !== null);
    const isOurs = ({ stored }: (typeof there)[number]) => ownerOfUser(stored?.externalId) === environment.owner;
    for (const one of there) if (!isOurs(one)) environment.left.add(removedIdentityUser(one).resource);
    return there.filter(isOurs);
  },

  plan: (found) => found.map(removedIdentityUser),

  async apply(found, { identityServer: { scim }, ledger }) {
    for (const { account, stored, role, path } of found) {
      // The user bears the mark, and goes last.
      if (role && !isForeign({ stored, role })) await scim.removeRole(path, role.id);
      if (stored) await scim.removeUser(stored.id);
      await ledger.remember(userPassword('Identity Server', account.username), 'removed');
    }
  },
};

/** Removes objects that bear our mark, in reverse order of creation. Objects without the mark stay, and are reported. */
export const removalSteps: readonly Step<Environment>[] = [
  trust,
  servers,
  applications,
  apis,
  resident,
  keyManager,
  scopes,
  apiManagerUsers,
  identityServerUsers,
];
