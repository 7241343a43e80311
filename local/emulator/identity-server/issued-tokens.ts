import type { State } from '../state.ts';

/** An access token that was issued and not revoked. */
export interface IssuedToken {
  /** The `jti` of a JWT, or the token itself when it is opaque. */
  id: string;
  clientId: string;
  /** Separated by spaces. */
  scope: string | undefined;
  /** Seconds since the epoch. */
  issuedAt: number;
  expiresAt: number;
  /** SHA-256 of the certificate that the token is bound to, base64url. */
  thumbprint: string | undefined;
}

/** What introspection and revocation know of tokens: a JWT that is not in here is not active, whatever it says. */
export interface IssuedTokens {
  remember(token: IssuedToken): void;
  /** The token if it can be used now. */
  active(id: string): IssuedToken | undefined;
  revoke(id: string): void;
  revokeAllOf(clientId: string): void;
}

const KIND = 'access-token';

/** Opens the table of tokens and forgets those that have expired. */
export function openIssuedTokens(state: State): IssuedTokens {
  const now = () => Math.floor(Date.now() / 1000);
  const removeWhere = (condition: (token: IssuedToken) => boolean) => {
    for (const token of state.list<IssuedToken>(KIND)) if (condition(token)) state.remove(KIND, token.id);
  };
  removeWhere((token) => token.expiresAt <= now());

  return {
    remember: (token) => state.put(KIND, token.id, token),
    active: (id) => {
      const token = state.get<IssuedToken>(KIND, id);
      return token !== undefined && token.expiresAt > now() ? token : undefined;
    },
    revoke: (id) => {
      state.remove(KIND, id);
    },
    revokeAllOf: (clientId) => removeWhere((token) => token.clientId === clientId),
  };
}
