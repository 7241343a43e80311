/** A policy attached to an operation: the uploaded Synapse XML with the values for its placeholders. */
export interface AttachedPolicy {
  name: string;
  version: string;
  /** Synapse XML with `{{attribute}}` placeholders. */
  definition: string;
  parameters: Record<string, unknown>;
}

export interface DeployedOperation {
  /** Path template below the context, such as `/register/{ClientId}`. */
  target: string;
  verb: string;
  authType: string;
  scopes: string[];
  request: AttachedPolicy[];
  response: AttachedPolicy[];
  fault: AttachedPolicy[];
}

/** An API as its deployed revision froze it; the working copy is of no concern to the gateway. */
export interface DeployedApi {
  id: string;
  revisionId: string;
  name: string;
  version: string;
  /** With the version, such as `/open-banking/0.2`. */
  context: string;
  operations: DeployedOperation[];
  endpointUrl: string | undefined;
  /** Names, or `['all']`. */
  keyManagers: string[];
  subscriptionRequired: boolean;
  transport: string[];
}

/** A key manager as the gateway knows it. */
export interface RuntimeKeyManager {
  name: string;
  type: string;
  enabled: boolean;
  issuer: string;
  /** Where the keys are: the URL of a JWK set, or a certificate itself. */
  certificates: { type: 'JWKS' | 'PEM'; value: string } | undefined;
  introspectionEndpoint: string | undefined;
  consumerKeyClaim: string;
  scopesClaim: string;
  selfValidateJwt: boolean;
}

/** What the gateway has from the control plane, read again for every request. */
export interface GatewayRuntime {
  apis(): DeployedApi[];
  keyManagers(): RuntimeKeyManager[];
  subscription(
    keyManager: string,
    consumerKey: string,
    apiId: string,
  ): { applicationId: string; blocked: boolean } | undefined;
  isRevoked(jti: string): boolean;
}
