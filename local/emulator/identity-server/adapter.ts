import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { State } from '../state.ts';
import { applicationOf } from './application.ts';
import { findClient, oauthClientMetadata } from './registered-client.ts';

interface StoredModel {
  payload: AdapterPayload;
  /** Seconds since the epoch. */
  expiresAt: number | undefined;
}

/** Keeps what oidc-provider has to remember, used assertions among it, in the server's database. */
export function adapterOn(state: State, idTokenAlgorithm: (asked: string | undefined) => string): AdapterFactory {
  return (model) =>
    model === 'Client' ? clientAdapter(state, idTokenAlgorithm) : modelAdapter(state, `oidc:${model}`);
}

/** Removes those of a client whose scopes satisfy the condition, and the codes that would bring others. */
export function removeRefreshTokens(
  state: State,
  clientId: string,
  condition: (scopes: readonly string[]) => boolean,
): void {
  for (const kind of ['oidc:RefreshToken', 'oidc:AuthorizationCode']) {
    for (const { payload } of state.list<StoredModel>(kind)) {
      const { jti, scope = '' } = payload;
      if (payload.clientId === clientId && jti !== undefined && condition(scope.split(' '))) state.remove(kind, jti);
    }
  }
}

/** Clients belong to DCR; oidc-provider only reads them, afresh on every request. One that was turned off is nobody to it. */
function clientAdapter(state: State, idTokenAlgorithm: (asked: string | undefined) => string): Adapter {
  const readOnly = async () => {
    throw new Error('Clients are registered by the DCR endpoint.');
  };
  return {
    find: async (id) => {
      const client = applicationOf(state, id).enabled ? findClient(state, id) : undefined;
      const algorithm = idTokenAlgorithm(client?.id_token_signed_response_alg);
      return client && oauthClientMetadata(client, algorithm);
    },
    upsert: readOnly,
    destroy: readOnly,
    consume: readOnly,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    revokeByGrantId: async () => undefined,
  };
}

function modelAdapter(state: State, kind: string): Adapter {
  const find = (id: string): AdapterPayload | undefined => {
    const stored = state.get<StoredModel>(kind, id);
    if (stored === undefined) return undefined;
    if (stored.expiresAt !== undefined && stored.expiresAt <= Date.now() / 1000) {
      state.remove(kind, id);
      return undefined;
    }
    return stored.payload;
  };
  const findBy = (member: 'uid' | 'userCode', value: string) =>
    state.list<StoredModel>(kind).find(({ payload }) => payload[member] === value)?.payload;

  return {
    find: async (id) => find(id),
    upsert: async (id, payload, expiresIn) => {
      const expiresAt = expiresIn === undefined ? undefined : Math.floor(Date.now() / 1000) + expiresIn;
      state.put<StoredModel>(kind, id, { payload, expiresAt });
    },
    destroy: async (id) => {
      state.remove(kind, id);
    },
    consume: async (id) => {
      const stored = state.get<StoredModel>(kind, id);
      if (stored === undefined) return;
      const payload = { ...stored.payload, consumed: Math.floor(Date.now() / 1000) };
      state.put<StoredModel>(kind, id, { ...stored, payload });
    },
    findByUid: async (uid) => findBy('uid', uid),
    findByUserCode: async (userCode) => findBy('userCode', userCode),
    revokeByGrantId: async (grantId) => {
      for (const { payload } of state.list<StoredModel>(kind)) {
        if (payload.grantId === grantId && payload.jti !== undefined) state.remove(kind, payload.jti);
      }
    },
  };
}
