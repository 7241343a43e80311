import { fromEnvironment, secretEnvironment } from './stores.ts';

/**
 * Tables that close two ways around authorization which both servers ship open.
 *
 * - `Authorization: Client` with a word that WSO2 publishes opens management APIs: the words of both sides are the stack's own.
 * - A client certificate alone, with the name of any user in a header, is that user at Identity Server, whose listener asks for one.
 */
export function closedDoors(): Record<'account_recovery' | 'identity' | 'event', unknown> {
  return {
    account_recovery: { endpoint: { auth: { hash: fromEnvironment(secretEnvironment.endpointSecretHash) } } },
    identity: { auth_framework: { endpoint: { app_password: fromEnvironment(secretEnvironment.endpointSecret) } } },
    event: { default_listener: { client_certificate_authentication_handler: { enable: false } } },
  };
}
