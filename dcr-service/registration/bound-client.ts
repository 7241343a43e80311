import type { HeldMembers } from '../validation/registered-metadata.ts';

/** One way in which a client at the authorisation server is not what its registration asks for. */
export interface ClientDifference {
  /** `redirects`: a code may reach a host that nobody registered. */
  readonly kind: 'redirects' | 'scopes' | 'member';
  /** The member of the registration, or the server's own. */
  readonly member: string;
  readonly wanted: unknown;
  readonly held: unknown;
}

/** What the authorisation server holds of a client that has just been written. */
export interface BoundClient {
  /** The members of which it holds something else than was registered. */
  readonly held: HeldMembers;
  /** What it should hold and does not. */
  readonly differences: readonly ClientDifference[];
}
