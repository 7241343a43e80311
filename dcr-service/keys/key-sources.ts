import { Agent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Target } from '../operations/metrics.ts';
import { type OnCall, observedCall } from '../operations/observed-call.ts';
import type { Settings } from '../settings.ts';
import type { SectorReader } from '../validation/registration-request.ts';
import type { KeyResolver, WantedKey } from '../validation/signed-jwt.ts';
import {
  createContentFetch,
  createDocumentFetch,
  type DocumentFetch,
  DocumentUnavailable,
  publicAddressesInTheClear,
  publicAddressesOnly,
} from './document-fetch.ts';
import { createKeySetCache, type Freshness, type Served } from './key-set-cache.ts';

const minute = 60_000;
const limits = { timeoutMs: 3_000, maxBytes: 256 * 1024 };
/** A list of a hundred thousand revoked certificates. */
const revocationLimits = { timeoutMs: 3_000, maxBytes: 4 * 1024 * 1024 };
const lasting = { freshMs: 5 * minute, staleMs: 24 * 60 * minute, cooldownMs: 2_000 };
// A recipient that withdraws a key expects us to notice soon.
const shortLived = { freshMs: minute, staleMs: 5 * minute, cooldownMs: 2_000 };

export type KeySourceSettings = Pick<
  Settings,
  'registerJwksUrl' | 'identityServer' | 'trust' | 'allowedPrivateAddresses'
>;

/** Told of every look into a cache of keys, for the metrics. */
export type OnKeysServed = (cache: KeyCache, how: Served) => void;
export type KeyCache = 'register' | 'recipients' | 'issuer';

const listOfUris = z.array(z.string());

export type KeySources = ReturnType<typeof openKeySources>;

/**
 * Everybody whose signatures count, and what else is published outside. Prepares the caches; nothing is fetched before
 * the first question.
 */
export function openKeySources(
  settings: KeySourceSettings,
  logger: Logger,
  onCall: OnCall = () => {},
  onServed: OnKeysServed = () => {},
) {
  const { registerJwksUrl, identityServer, trust, allowedPrivateAddresses } = settings;
  const issuerJwksUrl = new URL('/oauth2/jwks', identityServer.url).href;
  // A recipient may use the CDR's authorities or public ones.
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
  const fromInside = createDocumentFetch(inside, limits);
  const cacheOf = (cache: KeyCache, target: Target, fetch: DocumentFetch, freshness: Freshness) =>
    createKeySetCache({
      fetch: observed(target, fetch),
      onFailure: (url, error) => logger.warn({ url, err: error }, 'a JWKS could not be loaded'),
      onServed: (how) => onServed(cache, how),
      ...freshness,
    });
  const register = cacheOf('register', 'register-jwks', fromOutside, lasting);
  const recipients = cacheOf('recipients', 'recipient-jwks', fromOutside, shortLived);
  const issuer = cacheOf('issuer', 'issuer-jwks', fromInside, lasting);
  const fetchSector = observed('sector', fromOutside);

  /** The Register signs software statements, the recipient named in the statement signs requests. */
  const resolveKeys: KeyResolver = (signer, wanted) =>
    signer.is === 'register' ? register.keys(registerJwksUrl, wanted) : recipients.keys(signer.jwksUri, wanted);

  const readSector: SectorReader = async (uri) => {
    try {
      const redirectUris = listOfUris.safeParse(await fetchSector(uri));
      if (redirectUris.success) return { redirectUris: redirectUris.data };
      return { unavailable: 'its answer is not a JSON array of strings' };
    } catch (error) {
      return { unavailable: error instanceof DocumentUnavailable ? error.message : 'it cannot be fetched' };
    }
  };

  /** For revocation lists and answers about certificates. */
  const fetchRevocation = observed(
    'revocation',
    createContentFetch({ https: outside, inTheClear: outsideInTheClear }, revocationLimits, {
      accept: 'application/pkix-crl, application/ocsp-response',
      // They are published under many types; what counts is the signature.
      isAcceptable: () => true,
    }),
  );

  return {
    resolveKeys,
    tokenKeys: (wanted: WantedKey) => issuer.keys(issuerJwksUrl, wanted),
    readSector,
    fetchRevocation,
    /** For calls to external servers: public addresses only, plus the private ones that are allowed. */
    outside,
    /** For calls to our own Identity Server. */
    inside,
    /** Whether the Register's keys have been loaded; tries to, when they have not. */
    registerKeysLoaded: () => register.load(registerJwksUrl),
    /** The age of the keys of the Register or of the Identity Server, in milliseconds; undefined if none have been loaded. */
    age: (cache: 'register' | 'issuer') =>
      cache === 'register' ? register.age(registerJwksUrl) : issuer.age(issuerJwksUrl),
    close() {
      for (const agent of [outside, outsideInTheClear, inside]) agent.destroy();
    },
  };
}
