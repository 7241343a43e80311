import type { KeyManager } from '@cdr-stack/wso2';
import { changeOf, type FieldChange, masked } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { ownerOf, refuseForeign, takeover } from '../ownership.ts';
import { type DeclaredKeyManager, declaredKeyManager, passwordField } from './key-manager-body.ts';

interface Seen {
  stored: KeyManager | undefined;
  declared: DeclaredKeyManager;
}

/**
 * The Identity Server as API Manager's key manager OBKM. Comes before the API, because creating an API registers its
 * scopes with every key manager there is.
 */
export const keyManager: Step<Environment, Seen> = {
  name: 'key-manager',
  title: 'Key manager OBKM',
  needs: ['discovery', 'preflight'],

  declares: ({ settings, outputs, connector }) => [settings.keyManager, outputs.identityServer, connector?.username],

  async read(environment) {
    const { admin } = environment.apiManager;
    const { name } = environment.settings.keyManager;
    const listed = (await admin.listKeyManagers()).find((one) => one.name === name);
    const [stored, declared] = await Promise.all([
      listed && admin.getKeyManager(listed.id),
      declaredKeyManager(environment, listed?.type),
    ]);
    return { stored, declared };
  },

  async plan({ stored, declared }, environment) {
    if (stored && stored.type !== declared.type) {
      throw new StepError(
        `Key manager ${declared.name} is of type ${stored.type}, and ${declared.type} is declared. A type cannot change: ` +
          'delete the key manager in the Admin Portal first.',
      );
    }
    const changes = changeOf(
      `key manager ${declared.name}`,
      stored && comparable(stored),
      declared,
      await newPassword({ stored, declared }, environment),
    );
    return stored ? changes.map((change) => ({ ...change, ...takeover(ownerOf(stored), environment.owner) })) : changes;
  },

  async apply({ stored, declared }, environment) {
    const { apiManager, connector, ledger } = environment;
    const { admin } = apiManager;
    if (stored) refuseForeign(`Key manager ${declared.name}`, stored, environment);
    const body = {
      ...stored,
      ...declared,
      additionalProperties: {
        ...stored?.additionalProperties,
        ...declared.additionalProperties,
        ...(connector ? { [passwordField(declared.type)]: connector.password } : {}),
      },
    };
    const { id } = await (stored ? admin.updateKeyManager(stored.id, body) : admin.createKeyManager(body));
    // What the next look reads, asked beside the list in which it finds the id.
    void admin.getKeyManager(id).catch(() => {});
    if (connector) await ledger.remember(declared.name, connector.password);
  },
};

/** The server numbers the token validations, and lists grant types in an order of its own. */
function comparable(stored: KeyManager) {
  return { ...stored, availableGrantTypes: stored.availableGrantTypes?.toSorted() };
}

/** A stored password reads back masked: only the ledger knows whether it is the declared one. */
async function newPassword({ stored, declared }: Seen, { connector, ledger }: Environment): Promise<FieldChange[]> {
  if (!connector || (stored && (await ledger.wasApplied(declared.name, connector.password)))) return [];
  return [
    {
      path: `additionalProperties.${passwordField(declared.type)}`,
      ...(stored ? { before: masked } : {}),
      after: masked,
    },
  ];
}

/** The key manager of that name in full, or undefined. */
export async function keyManagerNamed(
  name: string,
  { admin }: Environment['apiManager'],
): Promise<KeyManager | undefined> {
  const listed = (await admin.listKeyManagers()).find((one) => one.name === name);
  return listed && admin.getKeyManager(listed.id);
}
