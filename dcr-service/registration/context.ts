import type { Logger } from 'pino';
import type { RegistrationStore, SingleUse } from '../store/registration-store.ts';
import type { Validation, VerifiedRequest } from '../validation/registration-request.ts';
import type { RegistrationErrorCode } from '../validation/verdict.ts';
import type { Audit } from './audit.ts';
import type { ClientDifference } from './bound-client.ts';
import type { Platform } from './platform.ts';

/** What the standard leaves open about a registration's life. */
export interface RegistrationPolicy {
  /** The code for a second registration of one software product. */
  readonly duplicateError: Extract<RegistrationErrorCode, 'invalid_client_metadata' | 'invalid_software_statement'>;
  /**
   * Whether a software statement may be used only once. By default one serves POST and then PUT; its ten minutes
   * bound it.
   */
  readonly singleUseSoftwareStatement: boolean;
  /** Whether PUT may move a software product to another brand or company. */
  readonly allowOrganisationChange: boolean;
}

/** All that the use cases need of the world. */
export interface RegistrationContext {
  readonly validation: Validation;
  readonly policy: RegistrationPolicy;
  readonly store: RegistrationStore;
  readonly platform: Platform;
  /** Whether the Register has removed the product, as far as we have heard (register-status/). */
  readonly isRemoved: (product: {
    readonly software_id: string;
    readonly legal_entity_id?: string | undefined;
  }) => boolean;
  readonly audit: Audit;
  readonly logger: Logger;
  /** Counts what a client at the authorisation server is found to lack. */
  readonly onDifference?: (kind: ClientDifference['kind']) => void;
  /** How long a request may take until it is answered, in milliseconds; the reconciler has as long for each change. */
  readonly deadlineMs: number;
}

/** What a server that was asked at the last moment may need until it has done it, and clocks may differ by. */
const graceSeconds = 5;

/** How long a process owns a change, in seconds: longer than the deadline, after which it no longer works on the change. */
export const leaseSeconds = ({ deadlineMs }: Pick<RegistrationContext, 'deadlineMs'>): number =>
  Math.ceil(deadlineMs / 1000) + graceSeconds;

const longestMemory = 24 * 60 * 60;

/** The JWTs that a request uses up. */
export function singleUsesOf(verified: VerifiedRequest, context: RegistrationContext): SingleUse[] {
  const { validation, policy } = context;
  const now = validation.now();
  // A request may be valid for decades; remembering it for a day is the bound that the specification suggests.
  const until = (exp: number) => Math.ceil(Math.min(exp, now + longestMemory) + validation.policy.clockTolerance);
  const { request, softwareStatement } = verified;
  const uses = [{ issuer: request.iss, jti: request.jti, rememberUntil: until(request.exp) }];
  if (policy.singleUseSoftwareStatement) {
    const { iss, jti, exp } = softwareStatement;
    // The Register's jtis live in a space of their own, whatever a recipient calls itself.
    uses.push({ issuer: `register:${iss}`, jti, rememberUntil: until(exp) });
  }
  return uses;
}
