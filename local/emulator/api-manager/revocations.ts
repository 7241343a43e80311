import type { Events } from './events.ts';
import type { Store } from './store.ts';

/** The revoked tokens that an instance knows: those in the database when it started, and those from later events. */
export interface Revocations {
  has(jti: string): boolean;
  revoke(jti: string): void;
}

export function loadRevocations({ revokedTokens }: Pick<Store, 'revokedTokens'>, events: Events): Revocations {
  const known = new Set(revokedTokens.list().map(({ jti }) => jti));
  events.on('revocation', ({ jti }) => known.add(jti));
  return {
    has: (jti) => known.has(jti),
    revoke(jti) {
      revokedTokens.put(jti, { jti, revokedAt: new Date().toISOString() });
      events.publish({ kind: 'revocation', jti });
    },
  };
}
