/**
 * Habits of API Manager that a client must live with, each with a switch of its own. Durations are milliseconds; the
 * defaults are short enough for quick tests and long enough that nothing passes which takes an answer for the state.
 * `docs/emulator.md` has the same list, with where each is known from.
 */
export interface Quirks {
  /** Client registration answers 500 for this long after the start, although the health check is 200 already. */
  registrationWarmUpMs: number;
  /** A key manager that was written reaches the holder, from which keys are generated, only then. */
  keyManagerDelayMs: number;
  /** An API that was written appears in lists, which come from a search index, only then. */
  searchDelayMs: number;
  /** A revision that was deployed or undeployed reaches the gateway only then. */
  deploymentDelayMs: number;
  /** A change of the lifecycle is answered at once and becomes true only then. */
  lifecycleDelayMs: number;
  /** The answer to an update of an API holds the API as it was before. */
  staleUpdateAnswer: boolean;
  /** REST API scopes that the caller's roles lack; they are left out of tokens without a word. */
  withheldScopes: readonly string[];
  /** The user store's service answers 202 to a change that it refused, just as to one that it made; not in 4.2. */
  userStoreAnswersBlindly: boolean;
  /** Secrets of a key manager read back as `*****`, which means, sent back, the one that is stored; its creation shows them. */
  masksSecrets: boolean;
  /** An update of a key manager replaces the whole of it: what is left out is gone. */
  replacesKeyManagers: boolean;
  /** A failed key generation leaves its row behind, so that every retry gets 409, code 901409. */
  leaksKeyMappings: boolean;
  /** A key manager that cannot be reached makes the creation of an API fail with 500. */
  scopeRegistrationFailsCreation: boolean;
  /** How many revisions an API has at most; the next one is refused with 400, code 900351. */
  mostRevisions: number;
  /** What deploying, undeploying and restoring a revision are answered with; the definition says 200. */
  deploymentStatus: 200 | 201;
  /** Deploying a revision that is deployed already sends no event to the gateway. */
  redeployIsSilent: boolean;
  /** What a second operation policy of one name and version is refused with. */
  duplicatePolicyStatus: 409 | 500;
}

export const defaultQuirks: Quirks = {
  registrationWarmUpMs: 150,
  keyManagerDelayMs: 100,
  searchDelayMs: 100,
  deploymentDelayMs: 100,
  lifecycleDelayMs: 50,
  staleUpdateAnswer: true,
  withheldScopes: [],
  userStoreAnswersBlindly: true,
  masksSecrets: true,
  replacesKeyManagers: true,
  leaksKeyMappings: true,
  scopeRegistrationFailsCreation: true,
  mostRevisions: 5,
  deploymentStatus: 201,
  redeployIsSilent: true,
  duplicatePolicyStatus: 500,
};

/** The switches of a running server. */
export interface QuirkSwitches {
  readonly now: Readonly<Quirks>;
  /** Turns these; what is under way already keeps the delay that it began with. */
  set(change: Partial<Quirks>): void;
}

export function openQuirks(initial: Partial<Quirks> = {}): QuirkSwitches {
  const now: Quirks = { ...defaultQuirks, ...initial };
  return { now, set: (change) => void Object.assign(now, change) };
}
