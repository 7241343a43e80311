import { existsSync } from 'node:fs';
import {
  type DeclaredTrust,
  DeclaredTrustError,
  readDeclaredTrust,
  type TrustedCertificate,
} from '../programs/declared-trust.ts';
import { InvocationError } from './engine/errors.ts';

/** What one part's pod was started with. */
export interface RunningTrust {
  /** As `app.kubernetes.io/name` has it. */
  part: string;
  role: keyof DeclaredTrust;
  /** `trustHash` of the set. */
  hash: string;
  /** The certificates themselves; undefined if the pod does not expose them. */
  certificates(): Promise<TrustedCertificate[] | undefined>;
}

/** The trust of a stack that Pulumi deployed: what is declared, what its pods hold, and the way from the one to the other. */
export interface StackTrust {
  readonly declared: DeclaredTrust;
  running(): Promise<RunningTrust[]>;
  /** Runs that part of the Pulumi program, which replaces the pods that read it; resolves once they are ready. */
  deploy(): Promise<void>;
}

/**
 * The program's default of the setting `trustDirectory`. The program knows its stack by the last part of the name alone.
 *
 * @param stack its name, qualified or not: `organization/project/stack`.
 */
export const defaultTrustDirectory = (stack: string): string =>
  `stacks/${stack.slice(stack.lastIndexOf('/') + 1)}/trust`;

/**
 * Reads what a stack declares as trusted.
 *
 * @param directory undefined, or one that is not on this machine: then there is nothing to read.
 * @throws {InvocationError} naming what is wrong with the declaration.
 */
export function declaredTrustIn(directory: string | undefined): DeclaredTrust | undefined {
  if (directory === undefined || !existsSync(directory)) return undefined;
  try {
    return readDeclaredTrust(directory);
  } catch (error) {
    throw error instanceof DeclaredTrustError ? new InvocationError(error.message, { cause: error }) : error;
  }
}
