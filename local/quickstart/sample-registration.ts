import { z } from 'zod';
import type { RecipientClient } from '../register/recipient-client.ts';

const registration = z.looseObject({ client_id: z.string().min(1), software_id: z.string().min(1) });

/** What the data holder answered to the sample's registration, as far as the quick start uses it. */
export type Registration = z.output<typeof registration>;

/** Registers the sample product. Throws unless it is accepted. */
export async function registerSample(
  recipient: RecipientClient,
): Promise<{ status: number; registration: Registration }> {
  const answer = await recipient.register(await recipient.registrationRequest());
  if (answer.status !== 201) throw refused('POST /register', 201, answer);
  return { status: answer.status, registration: registration.parse(answer.data) };
}

/** Reads the registration through the gateway with a token of its own: the proof that the client can be used. */
export async function useRegistration(recipient: RecipientClient, clientId: string): Promise<number> {
  const answer = await recipient.read(clientId, await recipient.accessToken(clientId));
  if (answer.status !== 200 || answer.data?.client_id !== clientId) throw refused('GET /register', 200, answer);
  return answer.status;
}

/** Removes a registration as its owner does, with a token of its own. Throws unless it is gone. */
export async function removeSample(recipient: RecipientClient, clientId: string): Promise<number> {
  const answer = await recipient.remove(clientId, await recipient.accessToken(clientId));
  if (answer.status !== 204) throw refused('DELETE /register', 204, answer);
  return answer.status;
}

function refused(call: string, expected: number, answer: { status: number; data: unknown }): Error {
  return new Error(`${call} was answered ${answer.status}, not ${expected}: ${JSON.stringify(answer.data)}`);
}
