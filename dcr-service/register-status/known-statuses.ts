import type { RegisterStatuses, RegistrationStore, StatusList } from '../store/registration-store.ts';

/** A software product and who answers for it, as its registration has them. */
export interface Product {
  readonly software_id: string;
  readonly legal_entity_id?: string | undefined;
}

/** The cascade of the standard: a recipient without accreditation has no active product. */
const gone = { 'software-products': ['REMOVED'], 'data-recipients': ['REVOKED', 'SURRENDERED'] } as const;

export const saysRemoved = (list: StatusList, status: string | undefined): boolean =>
  (gone[list] as readonly (string | undefined)[]).includes(status);

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
    if (remembered) known.set(list, remembered);
  };
  return {
    of,
    load,
    /** Seconds since 1970; undefined: never read. */
    readAt: (list: StatusList): number | undefined => known.get(list)?.readAt,
    /** Adds what the Register says to what was known, and remembers both. */
    async learn(list: StatusList, said: ReadonlyMap<string, string>, readAt: number): Promise<void> {
      await load(list);
      const statuses = new Map([...of(list), ...said]);
      await store.rememberStatuses(list, { readAt, statuses });
      known.set(list, { readAt, statuses });
    },
    /** Whether the product, or the company behind it, was removed from the CDR. */
    isRemoved: ({ software_id, legal_entity_id }: Product): boolean =>
      saysRemoved('software-products', of('software-products').get(software_id)) ||
      saysRemoved('data-recipients', of('data-recipients').get(legal_entity_id ?? '')),
  };
}
