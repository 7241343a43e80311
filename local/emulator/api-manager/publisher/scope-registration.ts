import { refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { ApiObject } from './api-object.ts';

/**
 * Registers the scopes of a new API with every enabled key manager, while the caller waits. One that knows a scope already makes the
 * creation fail with 409, and so does, with 500, one that cannot be reached. What it refuses is logged, and the creation goes on.
 */
export async function registerScopes(
  { keyManagers, quirks, logger }: Instance,
  { name, scopes }: ApiObject,
): Promise<void> {
  for (const keyManager of keyManagers.held()) {
    const connector = keyManagers.connector(keyManager.name);
    if (connector === undefined) continue;
    for (const { scope } of scopes) {
      const failed = (error: Error) =>
        logger.error(`Scope ${scope.name} of ${name} is not registered with ${keyManager.name}: ${error.message}`);
      const isKnown = await (connector.hasScope?.(scope.name) ?? Promise.resolve(false)).catch((error: Error) => {
        failed(error);
        if (quirks.scopeRegistrationFailsCreation) throw refusal('scopesNotRegistered');
        return false;
      });
      if (isKnown) throw refusal('scopeRegistered', scope.name);
      await connector.registerScope(scope).catch(failed);
    }
  }
}

/**
 * What every update of an API does with its scopes, whether they change or not (APIProviderImpl.updateAPIResources): the key manager
 * loses those that the API had, and gets those that it has. A key manager that refuses is logged, and the update goes on.
 */
export async function updateScopes(
  { keyManagers, logger }: Instance,
  before: Pick<ApiObject, 'scopes'>,
  { name, scopes }: ApiObject,
): Promise<void> {
  const isLocal = ({ shared }: ApiObject['scopes'][number]) => !shared;
  for (const keyManager of keyManagers.held()) {
    const connector = keyManagers.connector(keyManager.name);
    if (connector === undefined) continue;
    const update = async () => {
      for (const { scope } of before.scopes.filter(isLocal)) await connector.dropScope?.(scope.name);
      for (const { scope } of scopes) await connector.registerScope(scope);
    };
    await update().catch((error: Error) =>
      logger.error(`Error while updating the scopes of ${name} in Key Manager ${keyManager.name}: ${error.message}`),
    );
  }
}
