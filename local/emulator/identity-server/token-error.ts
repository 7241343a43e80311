import type { errors, KoaContextWithOIDC } from 'oidc-provider';
import { clientCertificate } from './listener.ts';

interface TokenError {
  status: number;
  error: string;
  error_description: string | undefined;
}

/** What an assertion says that is not so; who signed it is another question. */
const faultOfClaims = /\baud\b|audience|\bexp|iss \(|jti|only be used once/;

/**
 * Errors of the token endpoint (RFC 6749, 5.2) in the product's terms: it says what was wrong with a request, which oidc-provider keeps for
 * its events; an assertion's claims are a fault of the request, its signature of the client; and a missing certificate and a grant that
 * was not registered have codes of their own.
 */
export function tokenError(error: errors.OIDCProviderError, { oidc, req }: KoaContextWithOIDC): TokenError {
  const { client, params = {} } = oidc;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  const description = error.error_detail ?? cause ?? error.error_description;
  const answer = (status: number, code: string, error_description = description) => ({
    status,
    error: code,
    error_description,
  });
  if (client?.grantTypeAllowed(String(params?.grant_type)) === false) return answer(400, 'unauthorized_client');
  if (client?.tlsClientCertificateBoundAccessTokens && error.error === 'invalid_grant' && !clientCertificate(req)) {
    return answer(400, 'invalid_request', 'TLS certificate not found in the request.');
  }
  if (error.error === 'invalid_client' && faultOfClaims.test(description ?? '')) return answer(400, 'invalid_request');
  if (description === 'client_id mismatch') return answer(401, 'invalid_client');
  if (description === 'no client authentication mechanism provided') {
    return answer(401, 'invalid_client', 'Client ID not found in the request.');
  }
  return answer(error.statusCode, error.error);
}
