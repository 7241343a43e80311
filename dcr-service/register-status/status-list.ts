import type { Agent } from 'node:https';
import axios from 'axios';
import { z } from 'zod';
import { type OnCall, observedCall } from '../operations/observed-call.ts';
import type { StatusList } from '../store/registration-store.ts';

/** The Register's two status lists: Consumer Data Standards, Register APIs; both are public, version 3. */
const lists = {
  'software-products': {
    path: '/all/data-recipients/brands/software-products/status',
    entry: z
      .object({ softwareProductId: z.string(), status: z.string() })
      .transform(({ softwareProductId, status }) => [softwareProductId, status] as const),
    known: ['ACTIVE', 'INACTIVE', 'REMOVED'],
  },
  'data-recipients': {
    path: '/all/data-recipients/status',
    entry: z
      .object({ legalEntityId: z.string(), status: z.string() })
      .transform(({ legalEntityId, status }) => [legalEntityId, status] as const),
    known: ['ACTIVE', 'SUSPENDED', 'REVOKED', 'SURRENDERED'],
  },
} as const satisfies Record<StatusList, unknown>;

/** What a list says, and how to ask whether it still does; `unchanged`: it still does. */
export type StatusAnswer =
  | { readonly statuses: ReadonlyMap<string, string>; readonly etag: string | undefined }
  | 'unchanged';

export interface StatusSource {
  /** Where the Register's APIs are, such as `https://api.cdr.gov.au/cdr-register/v1`. */
  readonly registerUrl: string;
  readonly agent: Agent;
  readonly timeoutMs: number;
  readonly onCall?: OnCall;
  /** Called for each list that is read, with how many of its rows cannot be understood: often 0. */
  readonly onUnreadable?: (list: StatusList, rows: number) => void;
}

const largestList = 8 * 1024 * 1024;

/**
 * The list's entries by id, and how many rows are none: those without an id or with a status that is not in the standard change nothing,
 * and do not keep the others from being read.
 *
 * @throws Error when no row can be understood: then it is no status list.
 */
function statusesIn(list: StatusList, body: unknown): { statuses: ReadonlyMap<string, string>; unreadable: number } {
  const known: readonly string[] = lists[list].known;
  const { data } = z.object({ data: z.array(z.unknown()) }).parse(body);
  const entries = data.flatMap((row) => {
    const { data: entry } = lists[list].entry.safeParse(row);
    return entry && known.includes(entry[1]) ? [entry] : [];
  });
  if (entries.length === 0 && data.length > 0) throw new Error(`none of its ${data.length} rows can be understood`);
  return { statuses: new Map(entries), unreadable: data.length - entries.length };
}

/**
 * Asks the Register for one of its lists.
 *
 * @param etag of the answer before: an unchanged list is not sent again.
 * @throws Error when there is no answer, or none that can be understood.
 */
export async function fetchStatusList(
  list: StatusList,
  { registerUrl, agent, timeoutMs, onCall, onUnreadable }: StatusSource,
  etag: string | undefined,
): Promise<StatusAnswer> {
  const asking = () =>
    axios.get<unknown>(`${registerUrl}${lists[list].path}`, {
      httpsAgent: agent,
      proxy: false,
      maxRedirects: 0,
      timeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
      maxContentLength: largestList,
      headers: { accept: 'application/json', 'x-v': '3', ...(etag !== undefined && { 'if-none-match': etag }) },
      validateStatus: (code) => code === 200 || (code === 304 && etag !== undefined),
    });
  const { status, headers, data } = await observedCall('register-status', onCall, asking);
  if (status === 304) return 'unchanged';
  const next: unknown = headers.etag;
  const { statuses, unreadable } = statusesIn(list, data);
  onUnreadable?.(list, unreadable);
  return { statuses, etag: typeof next === 'string' ? next : undefined };
}
