import type { Finding } from './recording.ts';
import type { Session } from './session.ts';
import { isOneOf, type Product, type Versions } from './version.ts';

/** One fact that this project leans on, and how a server is asked about it. */
export interface Probe {
  /** Kebab case; the name of its recording. */
  id: string;
  /** Whose fact it is. */
  product: Product;
  /** One sentence. */
  fact: string;
  /** Where the fact stands: a section of our notes on WSO2's contract, marked as there ([I], [D], [?]), or a source. */
  source: string;
  /** The versions to which the probe applies. Default: all. */
  versions?: Versions;
  /** API Manager trusts Identity Server and reaches it by the URL that we have. */
  needs?: 'connected-servers';
  /** Touches what others use: the resident key manager, or an enabled key manager. Asked only when that is allowed. */
  destructive?: true;
  /** What is found where the fact holds. */
  expect: Finding;
  /** Versions of which something else is known. */
  otherwise?: readonly (Versions & { found: Finding })[];
  /** Asks, and leaves nothing behind: what it makes it hands to `session.cleanUp` at once. */
  run(session: Session): Promise<Finding>;
}

/** Probes of one area. */
export const probes = (product: Product, area: readonly Omit<Probe, 'product'>[]): Probe[] =>
  area.map((probe) => ({ product, ...probe }));

/** What is known of this version: the fact, or what is so instead. */
export const expectationOf = ({ expect, otherwise = [] }: Probe, version: string): Finding => {
  const other = otherwise.find((versions) => isOneOf(versions, version));
  return other === undefined ? expect : other.found;
};
