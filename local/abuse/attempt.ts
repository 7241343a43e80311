import type { Versions } from '../verification/version.ts';

/** What was answered: a status, or, of a token, the scopes that it was given. */
export type Outcome = number | { granted: readonly string[] };

/** A call with what an abuser has. */
export interface Call {
  method: 'GET' | 'POST';
  /** `{clientId}` is the recipient's own client. */
  path: string;
  /** Whether the recipient's certificate is shown. */
  certificate?: true;
  headers?: Record<string, string>;
  /** `wrong-password`: of the administrator; `published-word`: the application that WSO2 ships; `token`: the recipient's own. */
  authorization?: 'wrong-password' | 'published-word' | 'token';
  /** Whether the recipient's client proves itself, as it does at the token endpoint. */
  asClient?: true;
  /** Whether the request names the administrator as the user of the certificate. */
  asAdministrator?: true;
  /** JSON, or a form. */
  body?: object;
  form?: Record<string, string>;
}

/** What is asked for: a call; a token with certain scopes, and what it opens; or the revocation of another client's token. */
export type Door = { call: Call } | { scope: string; opens?: Call } | { revokes: "another recipient's token" };

/** One attempt at a door that has to be shut. */
export interface Attempt {
  /** Kebab case. */
  id: string;
  /** Who tries what, in words. */
  attempt: string;
  server: 'identity-server' | 'api-manager' | 'gateway';
  door: Door;
  /** Versions of that server to which it applies. Default: all. */
  versions?: Versions;
  expected: Outcome;
  /** Versions that answer otherwise, and why that has to be borne. */
  otherwise?: readonly (Versions & { expected: Outcome; productLimit: string })[];
}
