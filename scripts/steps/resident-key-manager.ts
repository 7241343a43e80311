import type { KeyManager } from '@cdr-stack/wso2';
import { changeOf, type FieldChange, masked } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';

const resident = 'Resident Key Manager';

/**
 * API Manager's own key manager, switched off once it has a successor. Older versions refuse that with "Missing required
 * configuration" (wso2/api-manager#308) unless credentials come along, as the vendor's guide has it: when declared they do.
 */
export const residentKeyManager: Step<Environment, KeyManager> = {
  name: 'resident-key-manager',
  title: 'Resident key manager',
  needs: ['key-manager-operational'],

  async read({ apiManager }) {
    const found = (await apiManager.admin.listKeyManagers()).find(({ name }) => name === resident);
    if (!found) throw new StepError(`API Manager lists no key manager called "${resident}".`);
    return apiManager.admin.getKeyManager(found.id);
  },

  plan: async (seen, environment) =>
    changeOf(
      `key manager ${resident}`,
      seen,
      { enabled: environment.settings.residentKeyManager.enabled },
      await newCredentials(seen, environment),
    ),

  async apply(seen, { apiManager, settings, residentKeyManager: credentials, ledger }) {
    const { enabled } = settings.residentKeyManager;
    const connector = credentials ? { Username: credentials.username, Password: credentials.password } : {};
    await apiManager.admin.updateKeyManager(seen.id, {
      ...seen,
      enabled,
      additionalProperties: { ...seen.additionalProperties, ...connector },
    });
    if (credentials) await ledger.remember(resident, secretOf(credentials));
  },
};

const secretOf = ({ username, password }: { username: string; password: string }) => `${username}\n${password}`;

async function newCredentials(
  { additionalProperties }: KeyManager,
  { residentKeyManager: credentials, ledger }: Environment,
): Promise<FieldChange[]> {
  if (!credentials || (await ledger.wasApplied(resident, secretOf(credentials)))) return [];
  return [
    { path: 'additionalProperties.Username', before: additionalProperties?.Username, after: credentials.username },
    { path: 'additionalProperties.Password', before: masked, after: masked },
  ];
}
