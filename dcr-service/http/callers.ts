import type { Logger } from 'pino';
import type { KeySources } from '../keys/key-sources.ts';
import type { Metrics } from '../operations/metrics.ts';
import { createRevocationCheck } from '../revocation/revocation-check.ts';
import type { Settings } from '../settings.ts';
import { type ReadAccessToken, signedTokens } from './access-token.ts';
import type { Revocation } from './client-certificate.ts';
import type { Recipients } from './recipients.ts';
import { introspectedTokens } from './token-introspection.ts';

/** For how long an introspection is believed, in milliseconds. */
const believedMs = 10_000;
const introspectionTimeoutMs = 3_000;

function revocationOf(
  { clientCertificates }: Settings,
  keys: KeySources,
  logger: Logger,
  metrics: Metrics,
): Revocation {
  const { revocation: policy, authorities } = clientCertificates;
  const check = createRevocationCheck({
    authorities,
    fetch: keys.fetchRevocation,
    onFailure: (source, reason) =>
      logger.warn({ source, reason }, 'the revocation of a certificate could not be looked up'),
  });
  const onStatus: Revocation['onStatus'] = (outcome, detail) => {
    if (policy !== 'off' || outcome !== 'good') metrics.revocationChecks.inc({ outcome });
    if (outcome === 'good') return;
    const treatment = outcome === 'unavailable' && policy === 'soft' ? 'accepted all the same' : 'refused';
    logger.warn({ outcome, detail }, `a client certificate is ${treatment}`);
  };
  return { policy, check, onStatus };
}

/** Authenticates callers: checks certificates and access tokens according to the settings. */
export function callersOf(
  settings: Settings,
  keys: KeySources,
  logger: Logger,
  metrics: Metrics,
): { recipients: Recipients; readToken: ReadAccessToken } {
  const { issuer, clockTolerance } = settings.validation;
  const now = Date.now;
  const { tokenValidation, identityServer } = settings;
  const signed = signedTokens({ issuer, clockTolerance, keys: keys.tokenKeys, now });
  return {
    recipients: {
      rateLimit: settings.clientCertificates.rateLimit,
      revocation: revocationOf(settings, keys, logger, metrics),
      now,
      onRateLimited: () => metrics.rateLimited.inc(),
    },
    readToken: tokenValidation
      ? introspectedTokens({
          ...tokenValidation,
          url: new URL('/oauth2/introspect', identityServer.url).href,
          agent: keys.inside,
          timeoutMs: introspectionTimeoutMs,
          believedMs,
          clockTolerance,
          now,
          signed,
          onCall: metrics.outgoingCall,
          onFailure: (reason) => logger.warn({ reason }, 'an access token could not be introspected'),
        })
      : signed,
  };
}
