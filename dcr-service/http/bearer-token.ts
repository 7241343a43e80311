import type { AccessToken, ReadAccessToken } from './access-token.ts';
import type { RecipientCertificate } from './client-certificate.ts';
import { bearerProblem, Problem } from './problem.ts';

export const clientIdHeader = 'x-wso2-client-id';
const managementScope = 'cdr:registration';

/** What a management call (GET, PUT, DELETE /register/{ClientId}) brings along to say who it is from. */
export interface ManagementCall {
  /** Every value of the header, as they came. */
  readonly authorizations: readonly string[];
  /** Every value of `x-wso2-client-id`, which the mediation policy sets from the token that the gateway has checked. */
  readonly gatewayClientIds: readonly string[];
  /** `{ClientId}` of the path. */
  readonly pathClientId: string;
  readonly certificate: RecipientCertificate;
}

/**
 * The checks of a management call in the order of the specification, section 1: token, binding, scope, client. The use case checks whether
 * the client exists. For every refusal the log has more details than the response.
 *
 * @throws Problem 401, 403, 503, or 500 when the gateway is not provisioned as it must be.
 */
export async function authorizeManagementCall(
  call: ManagementCall,
  readToken: ReadAccessToken,
  explain: (detail: string) => void,
): Promise<void> {
  const { gatewayClientIds, pathClientId, certificate } = call;
  const token = await readToken(bearerTokenOf(call, explain));
  refuseUnbound(token, certificate, explain);
  if (token.holder !== 'client') {
    explain("the token is a consumer's, or does not say whose it is");
    throw bearerProblem(403, 'insufficient_scope', 'A registration is managed with a token of the client itself');
  }
  if (!token.scopes.includes(managementScope))
    throw bearerProblem(403, 'insufficient_scope', `The access token lacks the scope ${managementScope}`);

  const [gatewayClientId] = gatewayClientIds;
  if (gatewayClientId === undefined) {
    const cause = `The gateway sent no ${clientIdHeader}: the mediation policy cdrRecipientIdentity is not attached to this operation, or not deployed.`;
    throw new Problem(500, 'server_error', `${cause} Run the provisioning.`);
  }
  if (gatewayClientIds.length > 1 || gatewayClientId !== token.clientId) {
    explain(
      `${clientIdHeader} is not the client of the token: the gateway has checked another token than the one it passed on`,
    );
    throw bearerProblem(401, 'invalid_token', 'The access token is not that of the client that the gateway has seen');
  }
  if (token.clientId !== pathClientId) throw unknownClient();
}

/**
 * RFC 8705, section 3: a token counts only with the certificate that it is bound to.
 *
 * @throws Problem 401 for another certificate, and for a token that is bound to none.
 */
export function refuseUnbound(
  { thumbprint }: Pick<AccessToken, 'thumbprint'>,
  certificate: RecipientCertificate,
  explain: (detail: string) => void,
): void {
  if (thumbprint === certificate.thumbprint) return;
  explain(thumbprint ? 'the token is bound to another certificate' : 'the token is not bound to a certificate');
  throw bearerProblem(401, 'invalid_token', 'Holder of Key check failed');
}

/** @throws Problem 401 unless there is one bearer token, in one header. */
export function bearerTokenOf(
  { authorizations, gatewayClientIds }: Pick<ManagementCall, 'authorizations' | 'gatewayClientIds'>,
  explain: (detail: string) => void,
): string {
  const [authorization] = authorizations;
  if (authorization === undefined) {
    if (gatewayClientIds.length > 0) {
      // The gateway names a client, so it has seen a token, and has not passed it on.
      explain(
        'no Authorization header, although the gateway has checked a token: set [apim.oauth_config] enable_outbound_auth_header = true in its deployment.toml',
      );
    }
    throw bearerProblem(
      401,
      undefined,
      'No access token reached the registration service: none was sent, or the gateway did not pass it on.',
    );
  }
  if (authorizations.length > 1)
    throw bearerProblem(401, 'invalid_token', 'More than one Authorization header was found on the request');
  // RFC 6750, section 3.1: the response to another scheme names the accepted scheme, and nothing more.
  if (!/^Bearer( |$)/i.test(authorization))
    throw bearerProblem(401, undefined, 'The Authorization header is not of the scheme Bearer');
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw bearerProblem(401, 'invalid_token', 'The Authorization header holds no bearer token');
  return token;
}

/**
 * The same response for a client that does not exist and for another recipient's client, so that callers cannot distinguish them.
 */
export function unknownClient(): Problem {
  return bearerProblem(401, 'invalid_token', 'The client is unknown');
}
