import type { Registration } from '../store/registration-store.ts';
import type { RegistrationContext } from './context.ts';
import type { Unknown } from './registration-error.ts';

/** GET /register/{ClientId}. */
export async function readRegistration(
  clientId: string,
  { store }: RegistrationContext,
): Promise<{ readonly outcome: 'done'; readonly registration: Registration } | Unknown> {
  const registration = await store.find(clientId);
  return registration ? { outcome: 'done', registration } : { outcome: 'unknown' };
}
