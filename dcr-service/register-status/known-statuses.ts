import type { RegisterStatuses, RegistrationStore, StatusList } from '../store/registration-store.ts';

/** A software product and who answers for it, as its registration has them. */
export interface Product {
  readonly software_id: string;
  readonly legal_entity_id?: string | undefined;
}

/** The ids of the Register are GUIDs, which compare without case. */
export const comparableId = (id: string | undefined): string => id?.toLowerCase() ?? '';

/** Statuses by the comparable form of their ids, see {@link comparableId}. */
export const byComparableId = (statuses: Iterable<readonly [string, string]>): ReadonlyMap<string, string> =>
  new Map([...statuses].map(([id, status]) => [comparableId(id), status]));

/** The cascade of the standard: a recipient without accreditation has no active product. */
const gone = { 'software-products': ['REMOVED'], 'data-recipients': ['REVOKED', 'SURRENDERED'] } as const;

export const saysRemoved = (list: StatusList, status: string | undefined): boolean =>
  (gone[list] as readonly (string | undefined)[]).includes(status);

const inactive = { 'software-products': ['INACTIVE'], 'data-recipients': ['SUSPENDED'] } as const;

const saysInactive = (list: StatusList, status: string | undefined): boolean =>
  (inactive[list] as readonly (string | undefined)[]).includes(status);

/** What a product may do by the Register: `inactive` may neither get data nor new consents, but still manage what it has. */
export type Standing = 'active' | 'inactive' | 'removed';

export type KnownStatuses = ReturnType<typeof knownStatuses>;

/**
 * What the Register said last of everybody it ever spoke of. **Absence says nothing**: a product or recipient that is
 * missing from a list, or a list that is empty, keeps the status it had, for ever if need be; only a word of the
 * Register removes.
 */
export function knownStatuses(store: Pick<RegistrationStore, 'readStatuses' | 'rememberStatuses'>) {
  const known = new Map<StatusList, RegisterStatuses>();
  const of = (list: StatusList): ReadonlyMap<string, string> => known.get(list)?.statuses ?? new Map();
  /** Takes over what the store has, which another replica may have read. */
  const load = async (list: StatusList): Promise<void> => {
    const remembered = await store.readStatuses(list);
    if (remembered) known.set(list, { ...remembered, statuses: byComparableId(remembered.statuses) });
  };
  const isAny = (says: typeof saysRemoved, { software_id, legal_entity_id }: Product): boolean =>
    says('software-products', of('software-products').get(comparableId(software_id))) ||
    says('data-recipients', of('data-recipients').get(comparableId(legal_entity_id)));
  const isRemoved = (product: Product) => isAny(saysRemoved, product);
  return {
    /** By comparable id, see {@link comparableId}. */
    of,
    load,
    /** Seconds since 1970; undefined: never read. */
    readAt: (list: StatusList): number | undefined => known.get(list)?.readAt,
    /** Adds what the Register says to what was known, and remembers both. */
    async learn(list: StatusList, said: ReadonlyMap<string, string>, readAt: number): Promise<void> {
      await load(list);
      const statuses = byComparableId([...of(list), ...said]);
      await store.rememberStatuses(list, { readAt, statuses });
      known.set(list, { readAt, statuses });
    },
    /** Whether the product, or the company behind it, was removed from the CDR. */
    isRemoved,
    /** The standing by the last known statuses of the product and its company; a product without a status is active. */
    standingOf(product: Product): Standing {
      if (isRemoved(product)) return 'removed';
      return isAny(saysInactive, product) ? 'inactive' : 'active';
    },
  };
}
