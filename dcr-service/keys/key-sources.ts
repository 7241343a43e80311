import { Agent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { Logger } from 'pino';
import type { KeyAnswer, KeyResolver } from '../validation/signed-jwt.ts';
import { createDocumentFetch, publicAddressesOnly } from './document-fetch.ts';
import { createKeySetCache } from './key-set-cache.ts';

const minute = 60_000;
const limits = { timeoutMs: 3_000, maxBytes: 256 * 1024 };
const lasting = { freshMs: 5 * minute, staleMs: 24 * 60 * minute, cooldownMs: 2_000 };
// A recipient that withdraws a key expects us to notice soon.
const shortLived = { freshMs: minute, staleMs: 5 * minute, cooldownMs: 2_000 };

export interface KeySourceSettings {
  readonly registerJwksUrl: string;
  /** The Identity Server's, whose keys sign access tokens. */
  readonly issuerJwksUrl: string;
  /** PEM bundle, trusted besides the system's authorities: a recipient may use the CDR's or a public one. */
  readonly trust: string | undefined;
  readonly allowedPrivateAddresses: readonly string[];
}

/** Everybody whose signatures count. */
export interface KeySources {
  /** Software statements are signed by the Register, requests by the recipient that it vouches for. */
  readonly resolveKeys: KeyResolver;
  readonly tokenKeys: (wanted: { alg: string; kid: string | undefined }) => Promise<KeyAnswer>;
  /** Whether the Register's keys have been loaded; tries to, when they have not. */
  registerKeysLoaded(): Promise<boolean>;
  close(): void;
}

/** Prepares the caches; nothing is fetched before the first question. */
export function openKeySources(settings: KeySourceSettings, logger: Logger): KeySources {
  const { registerJwksUrl, issuerJwksUrl, trust, allowedPrivateAddresses } = settings;
  const authorities = [...getCACertificates('default'), ...(trust ? [trust] : [])];
  // The Register and the recipients are outside; the Identity Server is ours and, in a cluster, has a private address.
  const outside = publicAddressesOnly(authorities, allowedPrivateAddresses);
  const inside = new Agent({ secureContext: createSecureContext({ ca: authorities }), keepAlive: true });
  const onFailure = (url: string, error: unknown) => logger.warn({ url, err: error }, 'a JWKS could not be loaded');
  const fromOutside = { fetch: createDocumentFetch(outside, limits), onFailure };
  const register = createKeySetCache({ ...fromOutside, ...lasting });
  const recipients = createKeySetCache({ ...fromOutside, ...shortLived });
  const issuer = createKeySetCache({ fetch: createDocumentFetch(inside, limits), onFailure, ...lasting });
  return {
    resolveKeys: (signer, wanted) =>
      signer.is === 'register' ? register.keys(registerJwksUrl, wanted) : recipients.keys(signer.jwksUri, wanted),
    tokenKeys: (wanted) => issuer.keys(issuerJwksUrl, wanted),
    registerKeysLoaded: () => register.load(registerJwksUrl),
    close: () => {
      outside.destroy();
      inside.destroy();
    },
  };
}
