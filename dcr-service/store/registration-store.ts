import type { RegisteredMetadata } from '../validation/registered-metadata.ts';

/** The database cannot be used; nothing is known about whether it will be. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
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

/**
 * A change that is under way: it is either finished or undone, by the request that began it or, after a crash, by the
 * reconciler.
 */
export interface Change {
  readonly kind: 'creation' | 'replacement' | 'removal';
  readonly softwareId: string;
  /** The registration as it was before; absent for a creation. */
  readonly registration: Registration | undefined;
}

export interface ChangeRequest {
  readonly uses: readonly SingleUse[];
  /** Seconds since 1970. */
  readonly now: number;
  /** Until when nobody else may take the change for abandoned, in seconds since 1970. */
  readonly leaseUntil: number;
}

/**
 * What the service remembers. Every method is one transaction, and rejects with {@link StoreUnavailable} when the
 * database fails. `begin...` records the change together with the JWTs it uses up, so that of parallel requests one
 * wins; `commit...` makes it so; `abandon` forgets it **and releases the JWTs**, so that an honest retry after a 5xx
 * is no replay.
 */
export interface RegistrationStore {
  /**
   * `duplicate`: the software product has a registration, or is getting one. `unfinished`: an earlier creation or
   * removal was given up and has to be brought to an end first.
   */
  beginCreation(softwareId: string, change: ChangeRequest): Promise<'begun' | 'replayed' | 'duplicate' | 'unfinished'>;
  commitCreation(registration: Registration): Promise<void>;
  /** `busy`: another change of this registration is under way. */
  beginReplacement(clientId: string, change: ChangeRequest): Promise<'begun' | 'replayed' | 'busy' | 'unknown'>;
  commitReplacement(clientId: string, metadata: RegisteredMetadata): Promise<void>;
  beginRemoval(clientId: string, change: Omit<ChangeRequest, 'uses'>): Promise<'begun' | 'busy' | 'unknown'>;
  commitRemoval(clientId: string): Promise<void>;
  abandon(softwareId: string): Promise<void>;
  /** Gives up the lease: the reconciler may take the change over at once. */
  handOver(softwareId: string): Promise<void>;
  /** The changes whose lease has run out, each now leased to the caller until `leaseUntil`. */
  takeOver(now: number, leaseUntil: number): Promise<readonly Change[]>;
  /** A registration in force; one that is being removed is not. */
  find(clientId: string): Promise<Registration | undefined>;
  /** Forgets JWTs that have long expired. */
  prune(now: number): Promise<void>;
  /** Rejects when the database cannot be used. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
