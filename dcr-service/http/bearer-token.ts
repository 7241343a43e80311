import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { KeyAnswer } from '../validation/signed-jwt.ts';
import type { RecipientCertificate } from './client-certificate.ts';
import { bearerProblem, Problem } from './problem.ts';

export const clientIdHeader = 'x-wso2-client-id';
const managementScope = 'cdr:registration';
const algorithms = ['PS256', 'RS256', 'ES256'];

export interface TokenVerification {
  /** The issuer of the tokens: the Identity Server's, as its discovery document has it. */
  readonly issuer: string;
  /** Seconds. */
  readonly clockTolerance: number;
  /** The Identity Server's keys. Never rejects. */
  readonly keys: (wanted: { alg: string; kid: string | undefined }) => Promise<KeyAnswer>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const accessTokenClaims = z.looseObject({
  exp: z.number(),
  jti: z.string(),
  scope: z.union([z.string(), z.array(z.string())]).optional(),
  cnf: z.looseObject({ 'x5t#S256': z.string().optional() }).optional(),
  azp: z.string().optional(),
  client_id: z.string().optional(),
});

class KeysUnavailable extends Error {}

async function verify(token: string, { issuer, clockTolerance, keys, now }: TokenVerification): Promise<JWTPayload> {
  const { payload } = await jwtVerify(
    token,
    async ({ alg, kid }) => {
      const answer = await keys({ alg, kid });
      if ('unavailable' in answer) throw new KeysUnavailable(answer.unavailable);
      const [key] = answer.keys;
      if (!key) throw new errors.JWKSNoMatchingKey();
      return key;
    },
    { algorithms, issuer, clockTolerance, currentDate: new Date(now()), requiredClaims: ['exp', 'jti'] },
  );
  return payload;
}

async function verifiedClaims(
  token: string,
  verification: TokenVerification,
): Promise<z.infer<typeof accessTokenClaims>> {
  try {
    return accessTokenClaims.parse(await verify(token, verification));
  } catch (error) {
    if (error instanceof KeysUnavailable) {
      throw new Problem(
        503,
        'temporarily_unavailable',
        'The keys of the authorisation server cannot be had; send the request again.',
        { 'retry-after': '5' },
      );
    }
    if (error instanceof errors.JWTExpired) throw bearerProblem(401, 'invalid_token', 'The access token has expired');
    throw bearerProblem(401, 'invalid_token', 'The access token is not valid');
  }
}

/** What a management call (GET, PUT, DELETE /register/{ClientId}) brings along to say who it is from. */
export interface ManagementCall {
  readonly authorization: string | undefined;
  /** Every value of `x-wso2-client-id`, which the mediation policy sets from the token that the gateway has checked. */
  readonly gatewayClientIds: readonly string[];
  /** `{ClientId}` of the path. */
  readonly pathClientId: string;
  readonly certificate: RecipientCertificate;
}

/**
 * The checks of a management call in the order of the specification, section 1. Whether the client exists is the use
 * case's to say. Every refusal tells the log more than the caller.
 *
 * @throws Problem 401, 403, 503, or 500 when the gateway is not provisioned as it must be.
 */
export async function authorizeManagementCall(
  call: ManagementCall,
  verification: TokenVerification,
  explain: (detail: string) => void,
): Promise<void> {
  const { authorization, gatewayClientIds, pathClientId, certificate } = call;
  const [gatewayClientId] = gatewayClientIds;
  if (gatewayClientId === undefined) {
    const cause = `The gateway sent no ${clientIdHeader}: the mediation policy cdrRecipientIdentity is not attached to this operation, or not deployed.`;
    throw new Problem(500, 'server_error', `${cause} Run the provisioning.`);
  }
  if (authorization === undefined) {
    // The gateway names a client, so it has seen a token, and has not passed it on.
    explain(
      'no Authorization header, although the gateway has checked a token: set [apim.oauth_config] enable_outbound_auth_header = true in its deployment.toml',
    );
    throw bearerProblem(
      401,
      undefined,
      'No access token reached the registration service: none was sent, or the gateway did not pass it on.',
    );
  }
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw bearerProblem(401, 'invalid_token', 'The Authorization header holds no bearer token');

  const claims = await verifiedClaims(token, verification);
  if (claims.cnf?.['x5t#S256'] !== certificate.thumbprint) {
    explain(
      claims.cnf?.['x5t#S256']
        ? 'the token is bound to another certificate'
        : 'the token is not bound to a certificate',
    );
    throw bearerProblem(401, 'invalid_token', 'Holder of Key check failed');
  }
  const scopes = [claims.scope ?? []].flat().flatMap((scope) => scope.split(' '));
  if (!scopes.includes(managementScope))
    throw bearerProblem(403, 'insufficient_scope', `The access token lacks the scope ${managementScope}`);

  const tokenClientId = claims.azp ?? claims.client_id;
  if (gatewayClientIds.length > 1 || gatewayClientId !== tokenClientId) {
    explain(
      `${clientIdHeader} is not the client of the token: the gateway has checked another token than the one it passed on`,
    );
    throw bearerProblem(401, 'invalid_token', 'The access token is not that of the client that the gateway has seen');
  }
  if (tokenClientId !== pathClientId) throw unknownClient();
}

/**
 * One answer for a client that does not exist and for one that is somebody else's: the difference is nobody's
 * business.
 */
export function unknownClient(): Problem {
  return bearerProblem(401, 'invalid_token', 'The client is unknown');
}
