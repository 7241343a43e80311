import { byComparableId, comparableId } from '../register-status/known-statuses.ts';
import type { RegistrationContext } from '../registration/context.ts';
import { reconcile } from '../registration/reconcile.ts';
import { removeRegistration } from '../registration/remove-registration.ts';
import { everyRegistration } from '../store/every-registration.ts';
import type { ListedRegistration, Registration, StatusList } from '../store/registration-store.ts';
import { alignRegistrations } from './align.ts';
import { restoreRegistrations } from './restore.ts';

/** A command that cannot be done as asked; `code` says what kind of trouble it is. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: 'unknown' | 'unavailable' | 'invocation';

  constructor(code: OperatorError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const mostFound = 100;
const lists: readonly StatusList[] = ['software-products', 'data-recipients'];

export type OperatorCommands = ReturnType<typeof operatorCommands>;

/** What an operator asks; every answer is JSON, and none holds a JWT or a secret. */
export function operatorCommands(context: RegistrationContext) {
  const { store } = context;

  /** With the Register's last word on the product; undefined: it has never spoken of it. */
  const withStatus = async (registrations: readonly ListedRegistration[]) => {
    const said = byComparableId((await store.readStatuses('software-products'))?.statuses ?? []);
    return registrations.map((one) => ({ ...one, status: said.get(comparableId(one.softwareId)) }));
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
    /** One page, and where the next begins. */
    async list(page: { readonly after?: string; readonly limit: number }) {
      const registrations = await withStatus(await store.list(page));
      const next = registrations.length === page.limit ? registrations.at(-1)?.clientId : undefined;
      return { registrations, next, pending: await store.pendingChanges() };
    },
    /** By an id, or by a part of a name or id. */
    async find(term: string) {
      const part = term.toLowerCase();
      const fits = ({ clientId, softwareId, clientName }: ListedRegistration) =>
        [clientId, softwareId, clientName].some((text) => text.toLowerCase().includes(part));
      const found: ListedRegistration[] = [];
      for await (const page of everyRegistration(store)) {
        found.push(...page.filter(fits));
        if (found.length >= mostFound) break;
      }
      return { registrations: await withStatus(found.slice(0, mostFound)) };
    },
    async show(id: string) {
      const { clientId, clientIdIssuedAt, metadata } = await wanted(id);
      const [products, companies] = await Promise.all(
        lists.map(async (list) => byComparableId((await store.readStatuses(list))?.statuses ?? [])),
      );
      const { software_statement: _, ...shown } = metadata;
      return {
        client_id: clientId,
        client_id_issued_at: clientIdIssuedAt,
        ...shown,
        register_status: {
          software_product: products?.get(comparableId(metadata.software_id)),
          data_recipient: companies?.get(comparableId(metadata.legal_entity_id)),
        },
      };
    },
    /** What `remove` would remove. */
    async plan(id: string) {
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
    async remove(id: string, by: string, reason: string) {
      const { clientId, metadata } = await wanted(id);
      const removed = await removeRegistration(clientId, { by, reason }, context);
      if (removed.outcome === 'unavailable') throw new OperatorError('unavailable', removed.description);
      if (removed.outcome === 'unknown')
        throw new OperatorError('unknown', `The registration ${clientId} was just removed by another request.`);
      return { clientId, softwareId: metadata.software_id, removed: true };
    },
    async reconcile() {
      const { settled, failed } = await reconcile(context);
      return { settled, failed, pending: (await store.pendingChanges()).count };
    },
    /** What the servers do not hold of the registrations. */
    planRestore: () => restoreRegistrations(context, undefined),
    restore: (by: string) => restoreRegistrations(context, by),
    /** In which ways clients at Identity Server are not what their registrations ask for. */
    planAlign: () => alignRegistrations(context, undefined),
    align: (by: string) => alignRegistrations(context, by),
    async statuses() {
      const entries = await Promise.all(
        lists.map(async (list) => {
          const said = await store.readStatuses(list);
          const counts: Record<string, number> = {};
          for (const status of said?.statuses.values() ?? []) counts[status] = (counts[status] ?? 0) + 1;
          return [list, { readAt: said && new Date(said.readAt * 1000).toISOString(), counts }] as const;
        }),
      );
      return Object.fromEntries(entries);
    },
  };
}
