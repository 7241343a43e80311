import type { Versions } from '../verification/version.ts';

/** What the two servers listen on. */
export const doors = [
  'management',
  'management without TLS',
  'gateway',
  'gateway without TLS',
  'identity server',
  'identity server without TLS',
] as const;
export type Door = (typeof doors)[number];

/** As whom every path is asked. */
export const identities = [
  'nobody',
  "a recipient's certificate",
  'a certificate of another CA',
  "a recipient's token",
  "a person's token",
  'a portal user',
  'a technical user',
  'the published constant',
] as const;
export type Identity = (typeof identities)[number];

/**
 * `no connection`: it is refused, or the handshake ends; `refused`: that, or 401, 403, 404; `login`: 302; `page`: 200. A number is that status.
 * Of several, any.
 */
export type Answer = 'no connection' | 'refused' | 'login' | 'page' | number;
export type Expected = Answer | readonly Answer[];

/** One path of a server at its management listener, and what it has to answer. */
export interface ExposedPath extends Versions {
  /** `{clientId}` is the recipient's own client. */
  path: string;
  /** Default: GET. No request changes anything, even if the server accepts it. */
  method?: 'POST';
  form?: Record<string, string>;
  body?: object;
  expected: Expected;
  /** Whom it answers otherwise. */
  but?: Partial<Record<Identity, Expected>>;
  /** Set where no setting shuts it, so that the edge's allow list has to keep strangers away. */
  edge?: true;
}

/** Several paths with the same answer. */
export function allOf(paths: string, row: Omit<ExposedPath, 'path'>): ExposedPath[] {
  return paths
    .trim()
    .split(/\s+/)
    .map((path) => ({ path, ...row }));
}

/** Where a path begins that belongs to the same web application, without its query. */
export const isBelow = (path: string, context: string): boolean =>
  path === context || path.startsWith(`${context.replace(/\/$/, '')}/`) || path.startsWith(`${context}?`);
