/**
 * Habits of API Manager that a client must live with, each with a switch of its own. Durations are milliseconds; the
 * defaults are short enough for quick tests and long enough that nothing passes which takes an answer for the state.
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
  /** REST API scopes that the administrator's role lacks; they are left out of tokens without a word. */
  withheldScopes: readonly string[];
}

export const defaultQuirks: Quirks = {
  registrationWarmUpMs: 150,
  keyManagerDelayMs: 100,
  searchDelayMs: 100,
  deploymentDelayMs: 100,
  lifecycleDelayMs: 50,
  staleUpdateAnswer: true,
  withheldScopes: [],
};
