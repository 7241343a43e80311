import assert from 'node:assert/strict';
import { createRegistration } from '../registration/create-registration.ts';
import type { Registration } from '../store/registration-store.ts';
import type { TestContext } from './registration-context.ts';
import { type Changes, registrationRequest } from './signed-requests.ts';

/** Registers a product as a recipient does. */
export async function registered(
  context: TestContext,
  bent: { request?: Changes; statement?: Changes } = {},
): Promise<Registration> {
  const result = await createRegistration(await registrationRequest(bent), 'thumbprint', context);
  assert.equal(result.outcome, 'done');
  return result.registration;
}
