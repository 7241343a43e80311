import { z } from 'zod';
import type { RegisteredMetadata } from '../validation/registered-metadata.ts';
import type { Change, ListedRegistration, Registration } from './registration-store.ts';

/** As both databases keep it; `metadata` is JSON text, in the order in which it is answered. */
const registrationRow = z.object({
  software_id: z.string(),
  client_id: z.string().nullable(),
  client_id_issued_at: z.number().nullable(),
  metadata: z.string().nullable(),
  change: z.enum(['creation', 'replacement', 'removal']).nullable(),
  claim: z.string().nullable(),
});

const listedRow = z.object({
  client_id: z.string(),
  software_id: z.string(),
  client_name: z.string(),
  client_id_issued_at: z.number(),
  changed_at: z.number(),
  change: z.enum(['creation', 'replacement', 'removal']).nullable(),
});

export type RegistrationRow = z.infer<typeof registrationRow>;

/** The columns that {@link readRow} needs. */
export const registrationColumns = 'software_id, client_id, client_id_issued_at, metadata, change, claim';

export const readRow = (found: unknown): RegistrationRow => registrationRow.parse(found);

export function registrationIn({
  client_id,
  client_id_issued_at,
  metadata,
}: RegistrationRow): Registration | undefined {
  if (client_id === null || client_id_issued_at === null || metadata === null) return undefined;
  // Written by the stores from the same type, and by nothing else.
  return {
    clientId: client_id,
    clientIdIssuedAt: client_id_issued_at,
    metadata: JSON.parse(metadata) as RegisteredMetadata,
  };
}

/** The registration while it is in force: from the moment a removal is begun it counts as gone. */
export function registrationInForce(found: unknown): Registration | undefined {
  if (found === undefined) return undefined;
  const row = readRow(found);
  return row.change === 'removal' ? undefined : registrationIn(row);
}

export function changeIn(found: unknown): Change {
  const row = readRow(found);
  if (row.change === null || row.claim === null) throw new Error(`No change of ${row.software_id} is under way`);
  return { kind: row.change, softwareId: row.software_id, registration: registrationIn(row), claim: row.claim };
}

export function listedIn(found: unknown): ListedRegistration {
  const row = listedRow.parse(found);
  return {
    clientId: row.client_id,
    softwareId: row.software_id,
    clientName: row.client_name,
    clientIdIssuedAt: row.client_id_issued_at,
    changedAt: row.changed_at,
    change: row.change ?? undefined,
  };
}

const statusesText = z.record(z.string(), z.string());

export const writtenStatuses = (statuses: ReadonlyMap<string, string>): string =>
  JSON.stringify(Object.fromEntries(statuses));

export const readStatuses = (text: string): ReadonlyMap<string, string> =>
  new Map(Object.entries(statusesText.parse(JSON.parse(text))));
