import type { Fault, RegistrationErrorCode } from './verdict.ts';

/** The JSON types that a claim may come in; `strings`: an array of strings. */
export type JsonType = 'string' | 'number' | 'strings';

/** The form that a claim must have, and what to call it in an error. */
export interface Shape<T> {
  readonly json: readonly JsonType[];
  readonly wording: string;
  accepts(value: unknown): value is T;
}

/**
 * What the standard says about one claim. Missing and badly typed claims are faults of the table's own code;
 * `check` sees only values of the right shape and answers with the rest of the sentence "The 'x' claim ...".
 */
export interface ClaimRule<T, Context> {
  readonly required: boolean | ((context: Context) => boolean);
  readonly shape: Shape<T>;
  /** The rule in words: the documentation and the tests are generated from it. */
  readonly rule: string;
  check?(value: T, context: Context): string | undefined;
  /** The code for values that `check` refuses, where it is not the table's own. */
  readonly code?: RegistrationErrorCode;
}

export type ClaimRules<Context> = Readonly<Record<string, ClaimRule<unknown, Context>>>;

/** The values that a table of rules has let pass, typed by the shapes in the table. */
export type Accepted<Rules> = {
  readonly [Claim in keyof Rules]: Rules[Claim] extends { readonly shape: Shape<infer T>; readonly required: infer R }
    ? R extends true
      ? T
      : T | undefined
    : never;
};

export type Claims = Readonly<Record<string, unknown>>;

/** Walks the table over the claims and collects every fault. Claims that the table does not name are ignored. */
export function brokenRules<Context>(
  rules: ClaimRules<Context>,
  claims: Claims,
  context: Context,
  code: RegistrationErrorCode,
): Fault[] {
  return Object.entries(rules).flatMap(([claim, rule]) => {
    // Own members only: a claim named like a member of Object.prototype must not be found there.
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (value === undefined) {
      const required = typeof rule.required === 'function' ? rule.required(context) : rule.required;
      return required ? [{ code, description: `The '${claim}' claim is missing.` }] : [];
    }
    if (!rule.shape.accepts(value)) {
      return [{ code, description: `The '${claim}' claim must be ${rule.shape.wording}.` }];
    }
    const complaint = rule.check?.(value, context);
    return complaint === undefined
      ? []
      : [{ code: rule.code ?? code, description: `The '${claim}' claim ${complaint}.` }];
  });
}

/** Without the optional claims that say nothing: some publishers write members that they do not have as `""` or null. */
export function withoutEmpty<Context>(rules: ClaimRules<Context>, claims: Claims): Claims {
  const isEmpty = ([claim, value]: [string, unknown]) =>
    (value === '' || value === null) && Object.hasOwn(rules, claim) && rules[claim]?.required === false;
  return Object.fromEntries(Object.entries(claims).filter((entry) => !isEmpty(entry)));
}

/** The claims as the table types them. Call it only for claims in which {@link brokenRules} found nothing. */
export function acceptedClaims<Rules extends Record<string, object>>(rules: Rules, claims: Claims): Accepted<Rules> {
  const named = Object.keys(rules).filter((claim) => Object.hasOwn(claims, claim));
  return Object.fromEntries(named.map((claim) => [claim, claims[claim]])) as Accepted<Rules>;
}
