import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { registrationRequest } from '../../testing/signed-requests.ts';
import { judge, policy } from '../../testing/validation.ts';
import { type RegisteredMetadata, registeredMetadata } from '../../validation/registered-metadata.ts';
import type { RegistrationStore } from '../registration-store.ts';

const verdict = await judge(await registrationRequest());
assert.ok(verdict.accepted);
// The members that are undefined come back as absent.
const sample: RegisteredMetadata = JSON.parse(JSON.stringify(registeredMetadata(verdict.value, policy)));

export const metadataOf = (softwareId: string): RegisteredMetadata => ({ ...sample, software_id: softwareId });

export const registrationOf = (softwareId: string) => ({
  clientId: `client-${softwareId}`,
  clientIdIssuedAt: 1000,
  metadata: metadataOf(softwareId),
});

/** A change that begins at `now` and, unless it is a removal, uses up one JWT. */
export const changeAt = (now: number, jti: string = randomUUID(), claim: string = randomUUID()) => ({
  uses: [{ issuer: 'issuer', jti, rememberUntil: 2000 }],
  now,
  leaseUntil: now + 45,
  claim,
});

/** By what claim {@link register} creates a registration. */
export const claimOf = (softwareId: string) => `creation of ${softwareId}`;

export async function register(store: RegistrationStore, softwareId: string): Promise<string> {
  const claim = claimOf(softwareId);
  assert.equal(await store.beginCreation(softwareId, changeAt(1000, randomUUID(), claim)), 'begun');
  await store.commitCreation(registrationOf(softwareId), claim);
  return registrationOf(softwareId).clientId;
}
