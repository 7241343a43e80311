import type { Registration } from '../store/registration-store.ts';

/**
 * The body of 200 and 201: CDS `RegistrationProperties`. Built from what we registered, as Identity Server holds it, and
 * from nothing else, so that no member of another server gets out; JSON leaves out the members that are undefined.
 */
export function registrationAnswer({ clientId, clientIdIssuedAt, metadata }: Registration): Record<string, unknown> {
  const { held = {}, ...asked } = metadata;
  const entries = Object.entries({ ...asked, ...held }).filter(([, value]) => value !== null);
  return { client_id: clientId, client_id_issued_at: clientIdIssuedAt, ...Object.fromEntries(entries) };
}
