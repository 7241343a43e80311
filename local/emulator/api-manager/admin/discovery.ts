import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { badRequest, serverError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { formMember } from '../request-body.ts';
import { admin } from '../scopes.ts';

const Discovered = z.looseObject({
  issuer: z.string(),
  token_endpoint: z.string().optional(),
  introspection_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  registration_endpoint: z.string().optional(),
  userinfo_endpoint: z.string().optional(),
  authorization_endpoint: z.string().optional(),
  jwks_uri: z.string().optional(),
  grant_types_supported: z.array(z.string()).optional(),
});

/** Reads an OpenID configuration on the server's side: fails for servers that `[truststore]` does not trust. */
export function keyManagerDiscovery(app: FastifyInstance, { outbound, logger }: Instance): void {
  app.post(`${admin}/key-managers/discover`, async (request) => {
    const url = formMember(request, 'url');
    const type = formMember(request, 'type');
    if (url === undefined) throw badRequest("'url' is required");

    const document = await outbound.call({ method: 'GET', url }).catch((error: Error) => {
      logger.error(`The configuration at ${url} cannot be read: ${error.message}`);
      throw serverError('Error while retrieving the well-known configuration');
    });
    const parsed = Discovered.safeParse(document.body);
    if (document.status !== 200 || !parsed.success) return { valid: false };
    return {
      valid: true,
      value: { ...blankKeyManager, ...keyManagerOf(parsed.data), wellKnownEndpoint: url, ...(type && { type }) },
    };
  });
}

/** Members that the server always fills in, regardless of the document. */
const blankKeyManager = {
  endpoints: [],
  enableTokenGeneration: true,
  enableTokenEncryption: false,
  enableTokenHashing: false,
  enableMapOAuthConsumerApps: true,
  enableOAuthAppCreation: true,
  enableSelfValidationJWT: true,
  claimMapping: [],
  tokenValidation: [],
  enabled: true,
  tokenType: 'DIRECT',
  allowedOrganizations: [],
};

function keyManagerOf(found: z.output<typeof Discovered>) {
  const members = {
    issuer: found.issuer,
    introspectionEndpoint: found.introspection_endpoint,
    clientRegistrationEndpoint: found.registration_endpoint,
    tokenEndpoint: found.token_endpoint,
    displayTokenEndpoint: found.token_endpoint,
    revokeEndpoint: found.revocation_endpoint,
    displayRevokeEndpoint: found.revocation_endpoint,
    userInfoEndpoint: found.userinfo_endpoint,
    authorizeEndpoint: found.authorization_endpoint,
    availableGrantTypes: found.grant_types_supported,
    certificates: found.jwks_uri === undefined ? undefined : { type: 'JWKS', value: found.jwks_uri },
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
