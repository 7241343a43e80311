import { parseKeySet } from '../keys/json-web-key-set.ts';
import type { ValidationPolicy } from '../validation/policy.ts';
import {
  type SectorReader,
  type VerifiedRequest,
  validateRegistrationRequest,
} from '../validation/registration-request.ts';
import type { Signer as KeyOwner, KeyResolver } from '../validation/signed-jwt.ts';
import type { Verdict } from '../validation/verdict.ts';
import { issuer, recipientKeySet, registerKeySet, seconds } from './signed-requests.ts';

export const policy: ValidationPolicy = {
  issuer,
  clockTolerance: 30,
  supportedScopes: ['openid', 'profile', 'cdr:registration', 'bank:accounts.basic:read'],
  requireAuthorizationSignedResponseAlg: true,
  requireSectorIdentifier: true,
};

/** Resolves from key sets at hand, and notes whose keys were asked for. */
export function keysAtHand(
  sets: { register?: unknown; recipient?: unknown } = {},
  asked: KeyOwner[] = [],
): KeyResolver {
  return async (signer, wanted) => {
    asked.push(signer);
    const document = signer.is === 'register' ? (sets.register ?? registerKeySet) : (sets.recipient ?? recipientKeySet);
    return { keys: parseKeySet(document)?.find(wanted) ?? [] };
  };
}

export function judge(
  body: string,
  options: {
    policy?: Partial<ValidationPolicy>;
    resolveKeys?: KeyResolver;
    readSector?: SectorReader;
    now?: number;
  } = {},
): Promise<Verdict<VerifiedRequest>> {
  return validateRegistrationRequest(body, {
    policy: { ...policy, ...options.policy },
    resolveKeys: options.resolveKeys ?? keysAtHand(),
    readSector: options.readSector,
    now: () => options.now ?? seconds(),
  });
}

/** The code and all texts of a refusal; fails the test by its own shape when the request was accepted. */
export function refusal(verdict: Verdict<VerifiedRequest>): { error: string; text: string } {
  if (verdict.accepted) return { error: '(accepted)', text: '' };
  return { error: verdict.error, text: verdict.faults.map((fault) => fault.description).join(' ') };
}
