import { X509Certificate } from 'node:crypto';
import type { Agent } from 'node:https';
import axios from 'axios';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { RuntimeKeyManager } from './runtime.ts';

const JWKS_TIMEOUT_MS = 5_000;
/** An unknown key id makes the key set be fetched again, but no sooner than this after the last time. */
const JWKS_COOLDOWN_MS = 1_000;

/** Finds the keys that a key manager signs with. */
export type TokenKeys = (keyManager: RuntimeKeyManager) => JWTVerifyGetKey;

/** Key sets are fetched over the gateway's own TLS and kept, one for each address. */
export function openTokenKeys(agent: Agent): TokenKeys {
  const keySets = new Map<string, JWTVerifyGetKey>();
  return ({ name, certificates }) => {
    if (certificates === undefined)
      throw new Error(`The key manager ${name} names no certificates to check tokens by.`);
    const { type, value } = certificates;
    if (type === 'PEM') return () => new X509Certificate(value).publicKey;
    const known = keySets.get(value);
    if (known) return known;
    const keySet = createRemoteJWKSet(new URL(value), {
      timeoutDuration: JWKS_TIMEOUT_MS,
      cooldownDuration: JWKS_COOLDOWN_MS,
      [customFetch]: (url, { signal }) => fetchKeySet(agent, url, signal),
    });
    keySets.set(value, keySet);
    return keySet;
  };
}

async function fetchKeySet(agent: Agent, url: string, signal: AbortSignal): Promise<Response> {
  const { status, data } = await axios.get<string>(url, {
    httpsAgent: agent,
    signal,
    proxy: false,
    maxRedirects: 0,
    responseType: 'text',
    transformResponse: [],
    validateStatus: null,
  });
  return new Response(data, { status });
}
