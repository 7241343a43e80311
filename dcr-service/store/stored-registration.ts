import { z } from 'zod';
import type { RegisteredMetadata } from '../validation/registered-metadata.ts';
import type { Change, ListedRegistration, Registration } from './registration-store.ts';

const changeKind = z.enum(['creation', 'replacement', 'removal']);

/** As both databases keep it; `metadata` is JSON text, in the order in which it is answered. */
const registrationRow = z.object({
  software_id: z.string(),
  client_id: z.string().nullable(),
  client_id_issued_at: z.number().nullable(),
  metadata: z.string().nullable(),
  change: changeKind.nullable(),
  claim: z.string().nullable(),
});

/** As {@link ListedRegistration}: the statements name its columns so. */
const listedRow = z.object({
  clientId: z.string(),
  softwareId: z.string(),
  clientName: z.string(),
  clientIdIssuedAt: z.number(),
  changedAt: z.number(),
  change: changeKind.nullable().transform((change) => change ?? undefined),
});

export type RegistrationRow = z.infer<typeof registrationRow>;

/** The columns of a list; `clientName`: how the database reads that member of `metadata`. */
export const listedColumns = (clientName: string) =>
  `client_id AS "clientId", software_id AS "softwareId", ${clientName} AS "clientName",
    client_id_issued_at AS "clientIdIssuedAt", changed_at AS "changedAt", change`;

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

export const listedIn = (found: unknown): ListedRegistration => listedRow.parse(found);

const statusesText = z.record(z.string(), z.string());

export const writtenStatuses = (statuses: ReadonlyMap<string, string>): string =>
  JSON.stringify(Object.fromEntries(statuses));

export const readStatuses = (text: string): ReadonlyMap<string, string> =>
  new Map(Object.entries(statusesText.parse(JSON.parse(text))));
