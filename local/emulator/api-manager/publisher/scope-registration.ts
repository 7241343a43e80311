import { refusal } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { ApiObject } from './api-object.ts';

/**
 * Registers an API's scopes with every enabled key manager, while the caller waits: one that cannot be reached makes
 * the creation of an API fail with 500.
 */
export async function registerScopes(
  { keyManagers, quirks, logger }: Instance,
  { name, scopes }: ApiObject,
): Promise<void> {
  for (const keyManager of keyManagers.held()) {
    const connector = keyManagers.connector(keyManager.name);
    if (connector === undefined) continue;
    for (const { scope } of scopes) {
      await connector.registerScope(scope).catch((error: Error) => {
        logger.error(`Scope ${scope.name} of ${name} is not registered with ${keyManager.name}: ${error.message}`);
        if (quirks.scopeRegistrationFailsCreation) throw refusal('scopesNotRegistered');
      });
    }
  }
}
