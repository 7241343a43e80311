import type { KeyManager } from '@cdr-stack/wso2';
import { changeOf, type FieldChange, masked } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
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
  needs: ['discovery'],

  async read(environment) {
    const { admin } = environment.apiManager;
    const { name } = environment.settings.keyManager;
    const listed = (await admin.listKeyManagers()).find((one) => one.name === name);
    const stored = listed && (await admin.getKeyManager(listed.id));
    return { stored, declared: await declaredKeyManager(environment, stored?.type) };
  },

  async plan({ stored, declared }, environment) {
    if (stored && stored.type !== declared.type) {
      throw new StepError(
        `Key manager ${declared.name} is of type ${stored.type}, and ${declared.type} is declared. A type cannot change: ` +
          'delete the key manager in the Admin Portal first.',
      );
    }
    return changeOf(
      `key manager ${declared.name}`,
      stored && comparable(stored),
      declared,
      await newPassword({ stored, declared }, environment),
    );
  },

  async apply({ stored, declared }, { apiManager: { admin }, connector, ledger }) {
    const body = {
      ...stored,
      ...declared,
      additionalProperties: {
        ...stored?.additionalProperties,
        ...declared.additionalProperties,
        ...(connector ? { [passwordField(declared.type)]: connector.password } : {}),
      },
    };
    if (stored) await admin.updateKeyManager(stored.id, body);
    else await admin.createKeyManager(body);
    if (connector) await ledger.remember(declared.name, connector.password);
  },
};

/** The server numbers the token validations, and lists grant types in an order of its own. */
function comparable(stored: KeyManager) {
  return { ...stored, availableGrantTypes: stored.availableGrantTypes?.toSorted() };
}

/** A stored password reads back masked: whether it is the declared one, only the ledger can tell. */
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
