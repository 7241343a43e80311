import type { ConnectorProperty, Credentials } from '@cdr-stack/wso2';
import type { Environment } from '../environment.ts';
import { mark } from '../ownership.ts';
import { chooseType, generationOf } from './key-manager-type.ts';

/** The key manager's form, filled in. `additionalProperties` are the connector's own fields; its password is not among them. */
export interface DeclaredKeyManager {
  name: string;
  type: string;
  wellKnownEndpoint: string;
  availableGrantTypes: string[];
  additionalProperties: Record<string, unknown>;
  [field: string]: unknown;
}

/** Fills in the form from settings, and where they are silent from the generation's addresses and the well-known document. */
export async function declaredKeyManager(environment: Environment, existingType?: string): Promise<DeclaredKeyManager> {
  const { keyManager: declared } = environment.settings;
  const { url: shown, internalUrl } = environment.outputs.identityServer;
  const server = internalUrl ?? shown;
  const [offered, issuer] = await Promise.all([environment.keyManagerTypes(), declared.issuer ?? environment.issuer()]);
  const type = chooseType(declared.type, existingType, offered);
  const { identityServerPaths: paths, connectorProperties } = generationOf(type);
  const { endpoints } = declared;
  return {
    name: declared.name,
    displayName: declared.displayName,
    ...(declared.description === undefined ? {} : { description: declared.description }),
    type,
    wellKnownEndpoint: declared.wellKnownUrl ?? server + paths.wellKnown,
    issuer,
    clientRegistrationEndpoint: endpoints.clientRegistration ?? server + paths.clientRegistration,
    introspectionEndpoint: endpoints.introspection ?? server + paths.introspection,
    tokenEndpoint: endpoints.token ?? server + paths.token,
    displayTokenEndpoint: endpoints.token ?? shown + paths.token,
    revokeEndpoint: endpoints.revoke ?? server + paths.revocation,
    displayRevokeEndpoint: endpoints.revoke ?? shown + paths.revocation,
    userInfoEndpoint: endpoints.userInfo ?? server + paths.userInfo,
    authorizeEndpoint: endpoints.authorize ?? shown + paths.authorization,
    scopeManagementEndpoint: endpoints.scopeManagement ?? server + paths.scopeManagement,
    additionalProperties: {
      ...connectorFields(connectorProperties, server, environment.connector),
      ...declared.connector,
      [mark]: environment.owner,
    },
    consumerKeyClaim: declared.claims.consumerKey,
    scopesClaim: declared.claims.scopes,
    availableGrantTypes: declared.grantTypes.toSorted(),
    certificates: { type: declared.certificates.type, value: declared.certificates.value ?? server + paths.jwks },
    enableTokenGeneration: declared.tokenGeneration,
    enableMapOAuthConsumerApps: declared.outOfBandProvisioning,
    enableOAuthAppCreation: declared.oauthAppCreation,
    // The gateway goes by this member; `self_validate_jwt` among the connector's fields, which some guides set, is ignored.
    enableSelfValidationJWT: declared.tokenValidationMethod === 'self-validate-jwt',
    tokenValidation: [
      { enable: true, type: declared.tokenHandling.type, value: declared.tokenHandling.value ?? { body: {} } },
    ],
    claimMapping: declared.claimMappings,
    enabled: true,
  };
}

function connectorFields(
  properties: readonly ConnectorProperty[],
  server: string,
  account: Credentials | undefined,
): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { name, holds } of properties) {
    if (holds === 'password') continue;
    if (holds === 'username') {
      if (account) fields[name] = account.username;
    } else fields[name] = 'path' in holds ? server + holds.path : holds.text;
  }
  return fields;
}

/** The connector's field that takes the password. */
export function passwordField(type: string): string {
  return generationOf(type).connectorProperties.find(({ holds }) => holds === 'password')?.name ?? 'Password';
}
