import type { KeyManager } from '@cdr-stack/wso2';
import { changeOf, type FieldChange, masked } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { keyManagerNamed } from './key-manager.ts';
import { boundTo, refuseBound } from './resident-users.ts';

export const residentName = 'Resident Key Manager';

/** Under which the ledger remembers that it was on before we switched it off. */
export const residentKeyManagerBefore = `${residentName} before`;

interface Seen {
  stored: KeyManager;
  /** Who loses it when it goes off, as far as we did not make them. Empty when it is off, or stays on. */
  bound: string[];
}

/**
 * API Manager's own key manager, switched off once it has a successor. Older versions refuse that with "Missing required
 * configuration" (wso2/api-manager#308) unless credentials come along, as the vendor's guide has it: when declared they do.
 * It is disabled for the whole organisation, so the plan lists its users first.
 */
export const residentKeyManager: Step<Environment, Seen> = {
  name: 'resident-key-manager',
  title: 'Resident key manager',
  needs: ['key-manager-operational'],

  declares: ({ settings }) => settings.residentKeyManager,

  async read(environment) {
    const stored = await keyManagerNamed(residentName, environment.apiManager);
    if (!stored) throw new StepError(`API Manager lists no key manager called "${residentName}".`);
    const goesOff = stored.enabled !== false && !environment.settings.residentKeyManager.enabled;
    return { stored, bound: goesOff ? await boundTo(residentName, environment) : [] };
  },

  plan: async ({ stored, bound }, environment) =>
    changeOf(
      `key manager ${residentName}`,
      stored,
      { enabled: environment.settings.residentKeyManager.enabled },
      await newCredentials(stored, environment),
    ).map((change) =>
      bound.length === 0
        ? change
        : { ...change, remark: [`used by others: switched off only with --yes`, ...bound].join('\n') },
    ),

  async apply({ stored, bound }, { apiManager, settings, residentKeyManager: credentials, ledger, consent }) {
    const { enabled } = settings.residentKeyManager;
    refuseBound(bound, consent);
    if (stored.enabled !== false && !enabled) await ledger.remember(residentKeyManagerBefore, 'enabled');
    const connector = credentials ? { Username: credentials.username, Password: credentials.password } : {};
    await apiManager.admin.updateKeyManager(stored.id, {
      ...stored,
      enabled,
      additionalProperties: { ...stored.additionalProperties, ...connector },
    });
    if (credentials) await ledger.remember(residentName, secretOf(credentials));
  },
};

const secretOf = ({ username, password }: { username: string; password: string }) => `${username}\n${password}`;

async function newCredentials(
  { additionalProperties }: KeyManager,
  { residentKeyManager: credentials, ledger }: Environment,
): Promise<FieldChange[]> {
  if (!credentials || (await ledger.wasApplied(residentName, secretOf(credentials)))) return [];
  return [
    { path: 'additionalProperties.Username', before: additionalProperties?.Username, after: credentials.username },
    { path: 'additionalProperties.Password', before: masked, after: masked },
  ];
}
