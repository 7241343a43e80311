import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { openPki } from '../../pki/pki.ts';
import { seal, unsignedJwt } from '../../register/jwt.ts';
import type { FlowEnvironment } from '../flow-environment.ts';

/**
 * A request of the test recipient for a software product of another id.
 *
 * @param changes claims of the software statement.
 */
export async function requestOf(
  softwareId: string,
  environment: Pick<FlowEnvironment, 'state' | 'recipient'>,
  changes: Record<string, unknown> = {},
): Promise<string> {
  const { registerSigning, recipientSigning } = (await openPki(environment.state.pki)).signers;
  const { software_statement, ...request } = decodeJwt(await environment.recipient().registrationRequest());
  const statement = { ...decodeJwt(String(software_statement)), software_id: softwareId, ...changes };
  const claims = { ...request, iss: softwareId, software_statement: unsignedJwt(statement, registerSigning) };
  return seal(unsignedJwt(claims, recipientSigning));
}

/** What holds in every generation: a GUID is registered as it is written, once, in whatever case it comes again. */
export async function assertOneForEachId(environment: FlowEnvironment): Promise<void> {
  const recipient = environment.recipient();
  for (const first of [randomUUID(), randomUUID().toUpperCase()]) {
    const again = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase();
    const created = await recipient.register(await requestOf(first, environment));
    assert.equal(created.status, 201, `${JSON.stringify(created.data)} ${environment.dcrLog()}`);
    assert.equal(created.data.software_id, first);
    const duplicate = await recipient.register(await requestOf(again, environment));
    assert.equal(duplicate.status, 400, JSON.stringify(duplicate.data));
    assert.match(duplicate.data.error_description, /^Duplicate registrations/);
    const token = await recipient.accessToken(created.data.client_id);
    assert.equal((await recipient.remove(created.data.client_id, token)).status, 204);
    await assert.rejects(recipient.accessToken(created.data.client_id), /refused a token/);
  }
}

/** Ids that no client can be named by. */
export const unusualIds = [`${randomUUID()} b`, 'x'.repeat(80), 'Bänke', 'a/b%20c', `product-${'0'.repeat(16)}`];
