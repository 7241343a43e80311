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
}

const largestList = 8 * 1024 * 1024;

/** The list's entries by id. A status that is not in the standard is left out: it changes nothing. */
function statusesIn(list: StatusList, body: unknown): ReadonlyMap<string, string> {
  const known: readonly string[] = lists[list].known;
  const { data } = z.object({ data: z.array(lists[list].entry) }).parse(body);
  return new Map(data.filter(([, status]) => known.includes(status)));
}

/**
 * Asks the Register for one of its lists.
 *
 * @param etag of the answer before: an unchanged list is not sent again.
 * @throws Error when there is no answer, or none that can be understood.
 */
export async function fetchStatusList(
  list: StatusList,
  { registerUrl, agent, timeoutMs, onCall }: StatusSource,
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
  return { statuses: statusesIn(list, data), etag: typeof next === 'string' ? next : undefined };
}
