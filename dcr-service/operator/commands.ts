import type { RegistrationContext } from '../registration/context.ts';
import { reconcile } from '../registration/reconcile.ts';
import { removeRegistration } from '../registration/remove-registration.ts';
import type { ListedRegistration, Registration, StatusList } from '../store/registration-store.ts';
import { type Restoration, restoreRegistrations } from './restore.ts';

/** A command that cannot be done as asked; `code` says what kind of trouble it is. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: 'unknown' | 'unavailable' | 'invocation';

  constructor(code: OperatorError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A registration with the Register's last word on its product; absent: the Register has never spoken of it. */
export type Listed = ListedRegistration & { readonly status: string | undefined };

/** What one asks and the other answers; all of it is JSON, and none of it a JWT or a secret. */
export interface OperatorCommands {
  list(page: { after?: string; limit: number }): Promise<{
    registrations: readonly Listed[];
    /** Where the next page begins. */
    next: string | undefined;
    pending: { count: number; oldest: number | undefined };
  }>;
  /** By an id, or by a part of a name or id. */
  find(term: string): Promise<{ registrations: readonly Listed[] }>;
  show(id: string): Promise<Record<string, unknown>>;
  /** What `remove` would remove. */
  plan(id: string): Promise<{ clientId: string; softwareId: string; clientName: string; removes: readonly string[] }>;
  remove(id: string, by: string, reason: string): Promise<{ clientId: string; softwareId: string; removed: true }>;
  reconcile(): Promise<{ settled: readonly string[]; failed: readonly string[]; pending: number }>;
  /** What the servers do not hold of the registrations. */
  planRestore(): Promise<Restoration>;
  restore(by: string): Promise<Restoration>;
  statuses(): Promise<Record<StatusList, { readAt: string | undefined; counts: Record<string, number> }>>;
}

const pageSize = 500;
const mostFound = 100;
const lists: readonly StatusList[] = ['software-products', 'data-recipients'];

export function operatorCommands(context: RegistrationContext): OperatorCommands {
  const { store } = context;

  const withStatus = async (registrations: readonly ListedRegistration[]): Promise<Listed[]> => {
    const said = await store.readStatuses('software-products');
    return registrations.map((one) => ({ ...one, status: said?.statuses.get(one.softwareId) }));
  };
  const wanted = async (id: string): Promise<Registration> => {
    const found = (await store.find(id)) ?? (await store.findBySoftwareId(id));
    if (found) return found;
    throw new OperatorError(
      'unknown',
      `There is no registration with the client_id or software_id '${id}', or it is being removed: look with find or list.`,
    );
  };

  return {
    async list(page) {
      const registrations = await withStatus(await store.list(page));
      const next = registrations.length === page.limit ? registrations.at(-1)?.clientId : undefined;
      return { registrations, next, pending: await store.pendingChanges() };
    },
    async find(term) {
      const part = term.toLowerCase();
      const fits = ({ clientId, softwareId, clientName }: ListedRegistration) =>
        [clientId, softwareId, clientName].some((text) => text.toLowerCase().includes(part));
      const found: ListedRegistration[] = [];
      for (let after: string | undefined; found.length < mostFound; ) {
        const page = await store.list({ limit: pageSize, ...(after !== undefined && { after }) });
        found.push(...page.filter(fits));
        after = page.at(-1)?.clientId;
        if (page.length < pageSize) break;
      }
      return { registrations: await withStatus(found.slice(0, mostFound)) };
    },
    async show(id) {
      const { clientId, clientIdIssuedAt, metadata } = await wanted(id);
      const [products, companies] = await Promise.all(lists.map((list) => store.readStatuses(list)));
      const { software_statement: _, ...shown } = metadata;
      return {
        client_id: clientId,
        client_id_issued_at: clientIdIssuedAt,
        ...shown,
        register_status: {
          software_product: products?.statuses.get(metadata.software_id),
          data_recipient: companies?.statuses.get(metadata.legal_entity_id ?? ''),
        },
      };
    },
    async plan(id) {
      const { clientId, metadata } = await wanted(id);
      return {
        clientId,
        softwareId: metadata.software_id,
        clientName: metadata.client_name,
        removes: [
          'the application in API Manager, with its keys and subscriptions',
          'the client in Identity Server, with its tokens',
          'the registration: the software product may register again, with another client_id',
        ],
      };
    },
    async remove(id, by, reason) {
      const { clientId, metadata } = await wanted(id);
      const removed = await removeRegistration(clientId, { by, reason }, context);
      if (removed.outcome === 'unavailable') throw new OperatorError('unavailable', removed.description);
      if (removed.outcome === 'unknown')
        throw new OperatorError('unknown', `The registration ${clientId} has just been removed by somebody else.`);
      return { clientId, softwareId: metadata.software_id, removed: true };
    },
    async reconcile() {
      const { settled, failed } = await reconcile(context);
      return { settled, failed, pending: (await store.pendingChanges()).count };
    },
    planRestore: () => restoreRegistrations(context, undefined),
    restore: (by) => restoreRegistrations(context, by),
    async statuses() {
      const entries = await Promise.all(
        lists.map(async (list) => {
          const said = await store.readStatuses(list);
          const counts: Record<string, number> = {};
          for (const status of said?.statuses.values() ?? []) counts[status] = (counts[status] ?? 0) + 1;
          return [list, { readAt: said && new Date(said.readAt * 1000).toISOString(), counts }] as const;
        }),
      );
      return Object.fromEntries(entries) as Awaited<ReturnType<OperatorCommands['statuses']>>;
    },
  };
}
