import type { errors, KoaContextWithOIDC } from 'oidc-provider';
import { clientCertificate } from './listener.ts';

interface TokenError {
  status: number;
  error: string;
  error_description: string | undefined;
}

/**
 * Errors of the token endpoint (RFC 6749, 5.2) in the product's terms, as 7.1.0 gave them: an assertion's claims are a fault of the
 * request, its signature of the client, and a missing certificate and a grant that was not registered have codes of their own.
 */
export function tokenError(
  error: errors.OIDCProviderError,
  { oidc, req }: KoaContextWithOIDC,
  grants: readonly string[],
): TokenError {
  const { client, params } = oidc;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  const detail = error.error_detail ?? cause ?? error.error_description ?? '';
  const answer = (status: number, code: string, error_description: string | undefined) => ({
    status,
    error: code,
    error_description,
  });
  const grant = String(params?.grant_type);
  if (error.error === 'unsupported_grant_type' && !grants.includes(grant)) {
    return answer(400, 'invalid_request', 'Unsupported grant_type value');
  }
  if (client?.grantTypeAllowed(grant) === false) {
    const description = 'The authenticated client is not authorized to use this authorization grant type';
    return answer(400, 'unauthorized_client', description);
  }
  if (client?.tlsClientCertificateBoundAccessTokens && error.error === 'invalid_grant' && !clientCertificate(req)) {
    return answer(400, 'invalid_request', 'TLS certificate not found in the request.');
  }
  const known = faults.find(({ said }) => said.test(detail));
  if (known !== undefined) return answer(known.status, known.error, known.description);
  if (error.error === 'invalid_client') return answer(401, error.error, 'Client credentials are invalid.');
  return answer(error.statusCode, error.error, detail);
}

const ofTheRequest = { status: 400, error: 'invalid_request' };
const ofTheClient = { status: 401, error: 'invalid_client' };

/** What oidc-provider says, and what the product does. */
const faults: readonly (Omit<TokenError, 'error_description'> & { said: RegExp; description: string })[] = [
  { said: /\baud\b|audience/, ...ofTheRequest, description: 'Failed to match audience values.' },
  { said: /expired|expiration/, ...ofTheRequest, description: 'JWT Token is expired.' },
  { said: /^iss /, ...ofTheRequest, description: 'Invalid issuer is found in the JWT.' },
  { said: /^unique jti/, ...ofTheRequest, description: 'Mandatory field :jti is missing in the JWT assertion.' },
  { said: /only be used once/, ...ofTheRequest, description: 'JWT Token has been replayed' },
  { said: /^alg mismatch/, ...ofTheClient, description: 'Signature algorithm used in the request is invalid.' },
  { said: /^client_id mismatch/, ...ofTheClient, description: 'Client credentials are invalid.' },
  { said: /^no client authentication/, ...ofTheClient, description: 'Client ID not found in the request.' },
  { said: /does not match the registered/, ...ofTheClient, description: 'Unsupported client authentication mechanism' },
];
