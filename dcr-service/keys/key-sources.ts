import { Agent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Target } from '../operations/metrics.ts';
import { type OnCall, observedCall } from '../operations/observed-call.ts';
import type { SectorReader } from '../validation/registration-request.ts';
import type { KeyAnswer, KeyResolver } from '../validation/signed-jwt.ts';
import {
  type ContentFetch,
  createContentFetch,
  createDocumentFetch,
  DocumentUnavailable,
  publicAddressesInTheClear,
  publicAddressesOnly,
} from './document-fetch.ts';
import { createKeySetCache, type Served } from './key-set-cache.ts';

const minute = 60_000;
const limits = { timeoutMs: 3_000, maxBytes: 256 * 1024 };
/** A list of a hundred thousand revoked certificates. */
const revocationLimits = { timeoutMs: 3_000, maxBytes: 4 * 1024 * 1024 };
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

/** Told of every look into a cache of keys, for the metrics. */
export type OnKeysServed = (cache: KeyCache, how: Served) => void;
export type KeyCache = 'register' | 'recipients' | 'issuer';

/** Everybody whose signatures count, and what else is published outside. */
export interface KeySources {
  /** Software statements are signed by the Register, requests by the recipient that it vouches for. */
  readonly resolveKeys: KeyResolver;
  readonly tokenKeys: (wanted: { alg: string; kid: string | undefined }) => Promise<KeyAnswer>;
  readonly readSector: SectorReader;
  /** For revocation lists and answers about certificates. */
  readonly fetchRevocation: ContentFetch;
  /** For calls to our own Identity Server. */
  readonly inside: Agent;
  /** Whether the Register's keys have been loaded; tries to, when they have not. */
  registerKeysLoaded(): Promise<boolean>;
  /** How old the keys of the Register are, or of the Identity Server, in milliseconds; undefined: there are none. */
  age(cache: 'register' | 'issuer'): number | undefined;
  close(): void;
}

const listOfUris = z.array(z.string());

/** Prepares the caches; nothing is fetched before the first question. */
export function openKeySources(
  settings: KeySourceSettings,
  logger: Logger,
  onCall: OnCall = () => {},
  onServed: OnKeysServed = () => {},
): KeySources {
  const { registerJwksUrl, issuerJwksUrl, trust, allowedPrivateAddresses } = settings;
  const authorities = [...getCACertificates('default'), ...(trust ? [trust] : [])];
  // The Register and the recipients are outside; the Identity Server is ours and, in a cluster, has a private address.
  const outside = publicAddressesOnly(authorities, allowedPrivateAddresses);
  const outsideInTheClear = publicAddressesInTheClear(allowedPrivateAddresses);
  const inside = new Agent({ secureContext: createSecureContext({ ca: authorities }), keepAlive: true });

  const observed =
    <T>(target: Target, fetch: (url: string) => Promise<T>) =>
    (url: string): Promise<T> =>
      observedCall(target, onCall, () => fetch(url));

  const fromOutside = createDocumentFetch(outside, limits);
  const onFailure = (url: string, error: unknown) => logger.warn({ url, err: error }, 'a JWKS could not be loaded');
  const told = (cache: KeyCache) => ({ onFailure, onServed: (how: Served) => onServed(cache, how) });
  const register = createKeySetCache({
    fetch: observed('register-jwks', fromOutside),
    ...told('register'),
    ...lasting,
  });
  const recipients = createKeySetCache({
    fetch: observed('recipient-jwks', fromOutside),
    ...told('recipients'),
    ...shortLived,
  });
  const fromInside = createDocumentFetch(inside, limits);
  const issuer = createKeySetCache({ fetch: observed('issuer-jwks', fromInside), ...told('issuer'), ...lasting });
  const fetchSector = observed('sector', fromOutside);
  return {
    resolveKeys: (signer, wanted) =>
      signer.is === 'register' ? register.keys(registerJwksUrl, wanted) : recipients.keys(signer.jwksUri, wanted),
    tokenKeys: (wanted) => issuer.keys(issuerJwksUrl, wanted),
    readSector: async (uri) => {
      try {
        const redirectUris = listOfUris.safeParse(await fetchSector(uri));
        if (redirectUris.success) return { redirectUris: redirectUris.data };
        return { unavailable: 'its answer is not a JSON array of strings' };
      } catch (error) {
        return { unavailable: error instanceof DocumentUnavailable ? error.message : 'it cannot be fetched' };
      }
    },
    fetchRevocation: observed(
      'revocation',
      createContentFetch({ https: outside, inTheClear: outsideInTheClear }, revocationLimits, {
        accept: 'application/pkix-crl, application/ocsp-response',
        // They are published under many types; what counts is the signature.
        isAcceptable: () => true,
      }),
    ),
    inside,
    registerKeysLoaded: () => register.load(registerJwksUrl),
    age: (cache) => (cache === 'register' ? register.age(registerJwksUrl) : issuer.age(issuerJwksUrl)),
    close: () => {
      outside.destroy();
      outsideInTheClear.destroy();
      inside.destroy();
    },
  };
}
