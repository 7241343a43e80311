import type { RegistrationStore } from '../registration-store.ts';

/** A database that may be opened more than once, by as many replicas. */
export type Open = () => Promise<RegistrationStore>;

/** Tests one behaviour on an empty database, once opened already. */
export type Behaves = (behaviour: string, work: (store: RegistrationStore, open: Open) => Promise<void>) => void;
