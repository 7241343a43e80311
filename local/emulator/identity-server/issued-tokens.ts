import type { State } from '../state.ts';
import { removeRefreshTokens } from './adapter.ts';

/** An access token that was issued and not revoked. */
export interface IssuedToken {
  /** The `jti` of a JWT, or the token itself when it is opaque. */
  id: string;
  clientId: string;
  isJwt: boolean;
  scopes: readonly string[];
  /** Of these, those that introspection returns once, and that are not stored. */
  unkept: readonly string[];
  /** Seconds since the epoch. */
  issuedAt: number;
  expiresAt: number;
  /** SHA-256 of the certificate that the token is bound to, base64url. */
  thumbprint: string | undefined;
  /** Of a consumer's token, who gave it. */
  consumer?: { sub: string; username: string } | undefined;
}

/** What introspection and revocation know of tokens: a JWT that is not in here is not active, regardless of its claims. */
export interface IssuedTokens {
  /** A token of the same client, scopes and certificate takes the place of the one before, which is dead at once. */
  remember(token: IssuedToken): void;
  /** The token if it can be used now. */
  active(id: string): IssuedToken | undefined;
  /** The scopes of an active token for an introspection response: those that are not stored only the first time. */
  tell(token: IssuedToken): readonly string[];
  revoke(id: string): void;
  /** Ends the client's access and refresh tokens that carry one of the scopes. */
  endThoseWith(clientId: string, scopes: readonly string[]): void;
  /** Ends all of the client, refresh tokens included. */
  revokeAllOf(clientId: string): void;
}

const KIND = 'access-token';

const keyOf = ({ clientId, scopes, thumbprint, consumer }: IssuedToken) =>
  JSON.stringify([clientId, scopes.toSorted(), thumbprint ?? null, consumer?.sub ?? null]);

/** Opens the table of tokens and forgets those that have expired. */
export function openIssuedTokens(state: State): IssuedTokens {
  const now = () => Math.floor(Date.now() / 1000);
  const removeWhere = (condition: (token: IssuedToken) => boolean) => {
    for (const token of state.list<IssuedToken>(KIND)) if (condition(token)) state.remove(KIND, token.id);
  };
  removeWhere((token) => token.expiresAt <= now());

  return {
    remember(token) {
      const key = keyOf(token);
      removeWhere((other) => other.id !== token.id && keyOf(other) === key);
      state.put(KIND, token.id, token);
    },
    tell(token) {
      const { scopes, unkept } = token;
      if (unkept.length > 0) {
        const kept = scopes.filter((scope) => !unkept.includes(scope));
        state.put<IssuedToken>(KIND, token.id, { ...token, scopes: kept, unkept: [] });
      }
      return scopes;
    },
    active: (id) => {
      const token = state.get<IssuedToken>(KIND, id);
      return token !== undefined && token.expiresAt > now() ? token : undefined;
    },
    revoke: (id) => {
      state.remove(KIND, id);
    },
    endThoseWith(clientId, scopes) {
      if (scopes.length === 0) return;
      const carries = (held: readonly string[]) => held.some((scope) => scopes.includes(scope));
      removeWhere((token) => token.clientId === clientId && carries(token.scopes));
      removeRefreshTokens(state, clientId, carries);
    },
    revokeAllOf(clientId) {
      removeWhere((token) => token.clientId === clientId);
      removeRefreshTokens(state, clientId, () => true);
    },
  };
}
