import { z } from 'zod';

const listed = z.looseObject({
  clientId: z.string(),
  softwareId: z.string(),
  clientName: z.string(),
  clientIdIssuedAt: z.number(),
  change: z.string().optional(),
  status: z.string().optional(),
});

const one = z.looseObject({ clientId: z.string(), softwareId: z.string() });
const restoration = z.looseObject({
  whole: z.number(),
  restored: z.array(one.extend({ lacked: z.array(z.string()) })),
  failed: z.array(one.extend({ reason: z.string() })),
  changing: z.number(),
});

const alignment = z.looseObject({
  inLine: z.number(),
  aligned: z.array(
    one.extend({
      differences: z.array(z.looseObject({ member: z.string(), wanted: z.unknown(), held: z.unknown() })),
    }),
  ),
  lost: z.array(one),
  failed: z.array(one.extend({ reason: z.string() })),
  changing: z.number(),
});

/** What dcr-service/operator.ts answers, by command. */
export const answers = {
  list: z.looseObject({
    registrations: z.array(listed),
    next: z.string().optional(),
    pending: z.looseObject({ count: z.number() }),
  }),
  find: z.looseObject({ registrations: z.array(listed) }),
  show: z.looseObject({ client_id: z.string() }),
  plan: z.looseObject({
    clientId: z.string(),
    softwareId: z.string(),
    clientName: z.string(),
    removes: z.array(z.string()),
  }),
  delete: z.looseObject({ clientId: z.string(), softwareId: z.string() }),
  reconcile: z.looseObject({ settled: z.array(z.string()), failed: z.array(z.string()), pending: z.number() }),
  'plan-restore': restoration,
  restore: restoration,
  'plan-align': alignment,
  align: alignment,
  statuses: z.record(
    z.string(),
    z.looseObject({ readAt: z.string().optional(), counts: z.record(z.string(), z.number()) }),
  ),
} as const;

type Answers = { [Name in keyof typeof answers]: z.infer<(typeof answers)[Name]> };

function table(registrations: readonly z.infer<typeof listed>[]): string {
  if (registrations.length === 0) return 'no registrations';
  const rows = registrations.map((one) => [
    one.clientId,
    one.softwareId,
    one.status ?? 'unknown',
    new Date(one.clientIdIssuedAt * 1000).toISOString().slice(0, 10),
    one.change === undefined ? one.clientName : `${one.clientName} (${one.change} under way)`,
  ]);
  const all = [['CLIENT ID', 'SOFTWARE ID', 'STATUS', 'SINCE', 'NAME'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function restorationText({ whole, restored, failed, changing }: z.infer<typeof restoration>, done: string): string {
  return [
    `${whole} registrations are whole, ${restored.length} ${done}, ${failed.length} could not be`,
    ...restored.map(
      ({ clientId, softwareId, lacked }) => `${done}: ${clientId} of ${softwareId}: ${lacked.join(', ')}`,
    ),
    ...failed.map(({ clientId, softwareId, reason }) => `failed: ${clientId} of ${softwareId}: ${reason}`),
    ...(changing > 0 ? [`${changing} are being changed: reconcile settles them`] : []),
  ].join('\n');
}

function alignmentText({ inLine, aligned, lost, failed, changing }: z.infer<typeof alignment>, done: string): string {
  const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return [
    `${inLine} clients are in line, ${aligned.length} ${done}, ${failed.length} could not be`,
    ...aligned.flatMap(({ clientId, softwareId, differences }) => [
      `${done}: ${clientId} of ${softwareId}`,
      ...differences.map(({ member, wanted, held }) => `- ${member}: ${shown(held)} instead of ${shown(wanted)}`),
    ]),
    ...lost.map(({ clientId, softwareId }) => `lost: ${clientId} of ${softwareId}: restore makes it again`),
    ...failed.map(({ clientId, softwareId, reason }) => `failed: ${clientId} of ${softwareId}: ${reason}`),
    ...(changing > 0 ? [`${changing} are being changed: reconcile settles them`] : []),
  ].join('\n');
}

/** Each answer as a person reads it. */
export const rendered: { [Name in keyof Answers]: (answer: Answers[Name]) => string } = {
  list: ({ registrations, next, pending }) =>
    [
      table(registrations),
      ...(pending.count > 0 ? [`${pending.count} changes are in progress or waiting for the reconciler`] : []),
      ...(next === undefined ? [] : [`more: --after ${next}`]),
    ].join('\n'),
  find: ({ registrations }) => table(registrations),
  show: (registration) => JSON.stringify(registration, null, 2),
  plan: ({ clientId, softwareId, clientName, removes }) =>
    [
      `${clientName} (software_id ${softwareId}, client_id ${clientId}) would lose:`,
      ...removes.map((one) => `- ${one}`),
    ].join('\n'),
  delete: ({ clientId, softwareId }) => `deleted: client_id ${clientId} of software_id ${softwareId}`,
  reconcile: ({ settled, failed, pending }) =>
    [
      `${settled.length} interrupted changes were settled, ${pending} are in progress or waiting`,
      ...failed.map((softwareId) => `not yet: ${softwareId} (the log above says why)`),
    ].join('\n'),
  'plan-restore': (answer) => restorationText(answer, 'would be made again'),
  restore: (answer) => restorationText(answer, 'made again'),
  'plan-align': (answer) => alignmentText(answer, 'would be brought into line'),
  align: (answer) => alignmentText(answer, 'brought into line'),
  statuses: (lists) =>
    Object.entries(lists)
      .map(([list, { readAt, counts }]) => {
        const summary = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
        return `${list}: ${readAt === undefined ? 'never read' : `${summary.join(', ') || 'no entries'}, read ${readAt}`}`;
      })
      .join('\n'),
};
