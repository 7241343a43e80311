import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';
import type Provider from 'oidc-provider';
import { basicCredentials } from './basic-credentials.ts';
import type { OutboundFetch } from './outbound.ts';
import { ASSERTION_ALGORITHMS } from './provider.ts';
import { SECRET_METHODS } from './registered-client.ts';

/** What a client may prove itself with: the Authorization header, or members of the form. */
export interface ClientProof {
  authorization: string | undefined;
  form: URLSearchParams;
}

/** The id of the client that the request is from, or undefined when it proves nothing. */
export type AuthenticateClient = (proof: ClientProof) => Promise<string | undefined>;

/**
 * Client authentication for the two endpoints that oidc-provider does not serve (introspection and revocation of JWTs),
 * by its own clients and its own record of used assertions.
 */
export function clientAuthentication(
  provider: Provider,
  audiences: string[],
  fetch: OutboundFetch,
): AuthenticateClient {
  const bySecret = async (clientId: string, secret: string) => {
    const client = await provider.Client.find(clientId);
    const allowed = SECRET_METHODS.includes(client?.tokenEndpointAuthMethod ?? '');
    return allowed && (await client?.compareClientSecret(secret)) ? clientId : undefined;
  };

  const byAssertion = async (assertion: string) => {
    const clientId = decodeJwt(assertion).sub ?? '';
    const client = await provider.Client.find(clientId);
    if (client?.tokenEndpointAuthMethod !== 'private_key_jwt' || client.jwksUri === undefined) return undefined;
    const keys = createRemoteJWKSet(new URL(client.jwksUri), { [customFetch]: fetch });
    const { payload } = await jwtVerify(assertion, keys, {
      algorithms: [...ASSERTION_ALGORITHMS],
      issuer: clientId,
      audience: audiences,
      requiredClaims: ['exp', 'jti'],
    });
    const fresh = await provider.ReplayDetection.unique(clientId, payload.jti ?? '', payload.exp ?? 0);
    return fresh ? clientId : undefined;
  };

  return async ({ authorization, form }) => {
    const basic = basicCredentials(authorization);
    if (basic !== undefined) return bySecret(basic.username, basic.password);
    const assertion = form.get('client_assertion');
    if (assertion !== null) return byAssertion(assertion).catch(() => undefined);
    return bySecret(form.get('client_id') ?? '', form.get('client_secret') ?? '');
  };
}
