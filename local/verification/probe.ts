import { GENERATIONS, type Generation } from './generation.ts';
import type { Session } from './session.ts';

/** What a probe found, as small as can be: it is compared, shown in a table and kept in a file. */
export type Finding = string | number | boolean | null | readonly Finding[] | { readonly [name: string]: Finding };

/** What has to be there for a probe to be asked. */
export type Need =
  | 'identity-server'
  /** API Manager trusts Identity Server and reaches it by the URL that we have. */
  | 'connected-servers';

/** One fact that this project leans on, and how a server is asked about it. */
export interface Probe {
  /** Kebab case; the name of its recording. */
  id: string;
  /** One sentence. */
  fact: string;
  /** Where the fact stands: a section of our notes on WSO2's contract, marked as there ([I], [D], [?]), or a source. */
  source: string;
  generations: readonly Generation[];
  needs?: readonly Need[];
  /** Touches what others use: the resident key manager, or an enabled key manager. Asked only when that is allowed. */
  destructive?: true;
  expect: Finding;
  /** Asks, and leaves nothing behind: what it makes it hands to `session.cleanUp` at once. */
  run(session: Session): Promise<Finding>;
}

/** Probes of one area, for both generations unless they say otherwise. */
export const probes = (area: readonly (Omit<Probe, 'generations'> & Partial<Pick<Probe, 'generations'>>)[]): Probe[] =>
  area.map((probe) => ({ generations: GENERATIONS, ...probe }));
