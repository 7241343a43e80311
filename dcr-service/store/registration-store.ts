import type { RegisteredMetadata } from '../validation/registered-metadata.ts';

/**
 * The database cannot be used, or its answer was lost. After a `begin...` or `commit...` it is **not known** whether
 * the change was made: undo nothing on its account. Either it was made, or {@link RegistrationStore.claimAbandoned}
 * finds it when its lease has run out.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * Somebody else has taken the change over, because its lease had run out. It is theirs to bring to an end: undo
 * nothing.
 */
export class ChangeTakenOver extends Error {
  override readonly name = 'ChangeTakenOver';
}

/** A registration that was answered with 201 and is in force. */
export interface Registration {
  readonly clientId: string;
  /** Seconds since 1970; stays the same for the life of the registration. */
  readonly clientIdIssuedAt: number;
  readonly metadata: RegisteredMetadata;
}

/** A JWT that may be used once, by its (iss, jti). */
export interface SingleUse {
  readonly issuer: string;
  readonly jti: string;
  /** Seconds since 1970 after which it may be forgotten. */
  readonly rememberUntil: number;
}

export type ChangeKind = 'creation' | 'replacement' | 'removal';

/**
 * A change that is under way: it is either finished or undone, by the request that began it or, after a crash, by the
 * reconciler.
 */
export interface Change {
  readonly kind: ChangeKind;
  readonly softwareId: string;
  /** The registration as it was before; absent for a creation. */
  readonly registration: Registration | undefined;
  /** Proves whose change it is: see {@link ChangeRequest.claim}. */
  readonly claim: string;
}

export interface ChangeRequest {
  readonly uses: readonly SingleUse[];
  /** Seconds since 1970. */
  readonly now: number;
  /** The end of the lease, before which no other process may take the change over, in seconds since 1970. */
  readonly leaseUntil: number;
  /**
   * A random name of this attempt (a UUID), required to commit or to give up the change. A process that takes the change over sets another,
   * so that a request that was frozen for longer than its lease can neither commit nor give up a change that it no longer owns.
   */
  readonly claim: string;
}

/** A registration as lists show it. */
export interface ListedRegistration {
  readonly clientId: string;
  readonly softwareId: string;
  readonly clientName: string;
  readonly clientIdIssuedAt: number;
  /** When it was last created or replaced, in seconds since 1970. */
  readonly changedAt: number;
  /** The change that is under way, if any. */
  readonly change: ChangeKind | undefined;
}

/** What the Register publishes the status of. */
export type StatusList = 'data-recipients' | 'software-products';

/** What the Register said last. */
export interface RegisterStatuses {
  /** Seconds since 1970. */
  readonly readAt: number;
  /** By legal entity id or software product id. */
  readonly statuses: ReadonlyMap<string, string>;
}

/**
 * What the service remembers. Every method is one transaction, and rejects with {@link StoreUnavailable} when the
 * database fails. `begin...` records the change together with the JWTs it uses up, so that of parallel requests one
 * wins; `commit...` makes it so, and once more does no harm; `abandon` forgets it **and releases the JWTs**, so that an
 * honest retry after a 5xx is no replay. `claim` is that of the {@link ChangeRequest} or of the {@link Change};
 * `commit...` rejects with {@link ChangeTakenOver} when the change is no longer under way by that name, `abandon` and
 * `handOver` then do nothing. A software product is found by its id in any case (the Register's ids are GUIDs), and
 * keeps the spelling with which it was created.
 */
export interface RegistrationStore {
  /**
   * `duplicate`: the software product has a registration, or is getting one. `unfinished`: an earlier creation or
   * removal was given up and has to be brought to an end first.
   */
  beginCreation(softwareId: string, change: ChangeRequest): Promise<'begun' | 'replayed' | 'duplicate' | 'unfinished'>;
  commitCreation(registration: Registration, claim: string): Promise<void>;
  /** `busy`: another change of this registration is under way. */
  beginReplacement(clientId: string, change: ChangeRequest): Promise<'begun' | 'replayed' | 'busy' | 'unknown'>;
  commitReplacement(clientId: string, metadata: RegisteredMetadata, claim: string): Promise<void>;
  /** Takes the place of a replacement whose lease has run out: what is to go need not be undone first. */
  beginRemoval(clientId: string, change: Omit<ChangeRequest, 'uses'>): Promise<'begun' | 'busy' | 'unknown'>;
  commitRemoval(clientId: string, claim: string): Promise<void>;
  abandon(softwareId: string, claim: string): Promise<void>;
  /** Gives up the lease: the reconciler may take the change over at once. */
  handOver(softwareId: string, claim: string): Promise<void>;
  /**
   * The changes whose lease has run out, oldest first, each now leased to the caller until `leaseUntil`. Of several
   * callers at once, in whatever process, each gets others.
   *
   * @param limit as many as the caller can bring to an end within the lease; 100 unless given.
   * @param softwareId the one product that is meant; all unless given.
   */
  claimAbandoned(now: number, leaseUntil: number, limit?: number, softwareId?: string): Promise<readonly Change[]>;
  /** A registration in force; one that is being removed is not. */
  find(clientId: string): Promise<Registration | undefined>;
  /** The same by software product. */
  findBySoftwareId(softwareId: string): Promise<Registration | undefined>;
  /**
   * Registrations, also those being removed, ordered by client id (by its bytes).
   *
   * @param page `after`: the last client id of the page before.
   */
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly ListedRegistration[]>;
  /** What is being done with the registration of a software product, or is being undone. */
  changeUnderWay(softwareId: string): Promise<ChangeKind | undefined>;
  /** The changes under way, abandoned ones among them; `oldest`: when the first was begun, in seconds since 1970. */
  pendingChanges(): Promise<{ readonly count: number; readonly oldest: number | undefined }>;
  /** The last statuses from the Register, read by any replica; undefined if never read. */
  readStatuses(list: StatusList): Promise<RegisterStatuses | undefined>;
  /** Replaces the list as a whole; what was read earlier than what is remembered is dropped. */
  rememberStatuses(list: StatusList, said: RegisterStatuses): Promise<void>;
  /** Forgets JWTs that have long expired. */
  prune(now: number): Promise<void>;
  /** Writes a little. Rejects when the database cannot be used: a full disk and a standby still answer questions. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
