import { createHash, type X509Certificate } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { type AuthenticationFailure, INVALID_CREDENTIALS } from './faults.ts';
import type { DeployedApi, DeployedOperation, GatewayRuntime, RuntimeKeyManager } from './runtime.ts';
import type { TokenKeys } from './token-keys.ts';

/** The accepted caller: an application's client, or anonymous if an operation requires no token. */
export interface Caller {
  consumerKey: string | undefined;
  applicationId: string | undefined;
}

export interface TokenCheck {
  api: DeployedApi;
  operation: DeployedOperation;
  /** The value of the Authorization header. */
  authorization: string | undefined;
  certificate: X509Certificate | undefined;
}

export interface TokenChecking {
  runtime: GatewayRuntime;
  keys: TokenKeys;
  /** `[apim.oauth_config] enable_certificate_bound_access_token`. */
  certificateBound: boolean;
  /** What goes to the server's log and not to the caller. */
  log(reason: string, cause?: unknown): void;
}

type Failure = { failure: AuthenticationFailure };

const refused = (code: AuthenticationFailure['code'], description: string): Failure => ({
  failure: { code, description },
});

/**
 * Checks a self-contained JWT access token as API Manager does: issued by a key manager that the API takes, signature,
 * expiry, revocation, certificate binding (RFC 8705, section 3), scopes, subscription.
 */
export async function checkToken(checking: TokenChecking, check: TokenCheck): Promise<{ caller: Caller } | Failure> {
  const { api, operation } = check;
  if (operation.authType === 'None') return { caller: { consumerKey: undefined, applicationId: undefined } };
  const token = /^Bearer\s+(\S+)$/i.exec(check.authorization?.trim() ?? '')?.[1];
  if (token === undefined) {
    return refused(
      900902,
      "Invalid Credentials. Make sure your API invocation call has a header: 'Authorization : Bearer ACCESS_TOKEN'",
    );
  }

  const keyManager = keyManagerOf(token, api, checking);
  if (keyManager === undefined) return refused(900901, INVALID_CREDENTIALS);
  const verified = await verify(token, keyManager, checking);
  if ('failure' in verified) return verified;
  const { claims } = verified;

  if (claims.jti !== undefined && checking.runtime.isRevoked(claims.jti)) {
    checking.log(`the token ${claims.jti} was revoked`);
    return refused(900901, 'Invalid JWT token. Make sure you have provided the correct security credentials');
  }
  if (checking.certificateBound && !boundTo(claims, check.certificate)) {
    checking.log('the token is bound to another certificate');
    return refused(900901, INVALID_CREDENTIALS);
  }
  if (operation.scopes.length > 0 && !scopesOf(claims, keyManager).some((scope) => operation.scopes.includes(scope))) {
    return refused(
      900910,
      `User is NOT authorized to access the Resource: ${operation.target}. Scope validation failed.`,
    );
  }
  return subscribed(claims, keyManager, api, checking.runtime);
}

/** A token that no key manager of this API claims is taken for an opaque one, which no key manager knows either. */
function keyManagerOf(token: string, api: DeployedApi, { runtime, log }: TokenChecking): RuntimeKeyManager | undefined {
  let issuer: string | undefined;
  try {
    issuer = decodeJwt(token).iss;
  } catch {
    log('the token is no JWT');
    return undefined;
  }
  const found = runtime
    .keyManagers()
    .find(
      ({ name, enabled, issuer: own }) =>
        enabled && own === issuer && (api.keyManagers.includes('all') || api.keyManagers.includes(name)),
    );
  if (found === undefined) log(`no enabled key manager of ${api.name} ${api.version} has the token's issuer ${issuer}`);
  return found;
}

async function verify(
  token: string,
  keyManager: RuntimeKeyManager,
  { keys, log }: TokenChecking,
): Promise<{ claims: JWTPayload } | Failure> {
  try {
    if (!keyManager.selfValidateJwt) throw new Error('the emulator checks only tokens that validate themselves');
    const { payload } = await jwtVerify(token, keys(keyManager), { issuer: keyManager.issuer });
    return { claims: payload };
  } catch (cause) {
    const ofToken =
      cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout) && !unreadableKeys(cause);
    log(`the token was not accepted: ${(cause as Error).message}`, ofToken ? undefined : cause);
    // Keys that cannot be fetched are the server's fault: JWTValidatorImpl gives up with the unclassified error.
    return ofToken ? refused(900901, INVALID_CREDENTIALS) : refused(900900, 'Unclassified Authentication Failure');
  }
}

/** jose reports a response that is not a key set with its most general error. */
function unreadableKeys(cause: errors.JOSEError): boolean {
  return cause.code === 'ERR_JOSE_GENERIC' || cause instanceof errors.JWKSInvalid;
}

/** RFC 8705, but lenient as the product is: without a certificate or without `cnf` there is nothing to compare. */
function boundTo(claims: JWTPayload, certificate: X509Certificate | undefined): boolean {
  const confirmation = (claims.cnf as Record<string, unknown> | undefined)?.['x5t#S256'];
  if (certificate === undefined || confirmation === undefined) return true;
  return confirmation === createHash('sha256').update(certificate.raw).digest('base64url');
}

function scopesOf(claims: JWTPayload, { scopesClaim }: RuntimeKeyManager): string[] {
  const scopes = claims[scopesClaim || 'scope'];
  if (Array.isArray(scopes)) return scopes.map(String);
  return typeof scopes === 'string' ? scopes.split(' ') : [];
}

function subscribed(
  claims: JWTPayload,
  keyManager: RuntimeKeyManager,
  api: DeployedApi,
  runtime: GatewayRuntime,
): { caller: Caller } | Failure {
  const consumerKey = claims[keyManager.consumerKeyClaim || 'azp'];
  if (typeof consumerKey !== 'string') return refused(900901, INVALID_CREDENTIALS);
  const subscription = runtime.subscription(keyManager.name, consumerKey, api.id);
  if (subscription?.blocked) return refused(900907, 'The requested API is temporarily blocked');
  if (subscription === undefined && api.subscriptionRequired) {
    return refused(900908, 'User is NOT authorized to access the Resource. API Subscription validation failed.');
  }
  return { caller: { consumerKey, applicationId: subscription?.applicationId } };
}
