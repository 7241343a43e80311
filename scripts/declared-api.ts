import { z } from 'zod';
import { type ApiSettings, registrationApi } from './api-settings.ts';
import { type DeclaredPolicy, declarePolicy } from './declared-policy.ts';
import { readYaml } from './input-file.ts';
import type { ServerOutputs } from './outputs-source.ts';
import { recipientGate } from './recipient-gate.ts';

const openApi = z.looseObject({
  openapi: z.string().startsWith('3.', 'must be OpenAPI 3'),
  paths: z.record(z.string(), z.looseObject({})),
});

export type OpenApi = z.output<typeof openApi>;

/** An API with its policies, as the files and settings declare it. */
export interface DeclaredApi {
  name: string;
  version: string;
  /** As declared, with `{version}` in it. */
  context: string;
  /** The context with the version in it, such as `/open-banking/0.2`. */
  path: string;
  /** Whether dcr-service is behind it, which the probe asks. */
  isRegistrationApi: boolean;
  /** OpenAPI as written, and as read. */
  definitionText: string;
  definition: OpenApi;
  /** In the request flow of every operation, in this order; undefined: not declared, whatever is attached stays. */
  policies: DeclaredPolicy[] | undefined;
  /** Comes before all others in every operation that takes a token; undefined: of an API that has none, and any that is there goes. */
  gate: DeclaredPolicy | undefined;
  /** Whether it is for recipients: dcr-service subscribes new clients to it, and the gateway asks dcr-service about its callers. */
  regulatory: boolean;
  /** The gateways that run it, and no others. */
  gateways: ApiSettings['gateways'];
  /** Fields of the API object: endpoint, plans, key managers, and of a regulatory API what callers identify themselves by. */
  runtime: { endpointConfig?: Record<string, unknown>; [field: string]: unknown };
}

/** How the gateway admits callers of a regulatory API: by a token in its usual header, and never with an answer from the cache. */
const onlyByToken = {
  securityScheme: ['oauth2', 'oauth_basic_auth_api_key_mandatory'],
  authorizationHeader: 'Authorization',
  responseCachingEnabled: false,
};

/** Reads the files that an API's settings name. */
export function declareApi(api: ApiSettings, outputs: ServerOutputs): DeclaredApi {
  const definition = readYaml('OpenAPI definition', api.definition, openApi);
  const isRegistrationApi = api.name === registrationApi;
  const url = api.endpoint ?? (isRegistrationApi ? outputs.dcrService?.url : undefined);
  return {
    name: api.name,
    version: api.version,
    context: api.context,
    path: api.context.replace('{version}', api.version),
    isRegistrationApi,
    definitionText: definition.text,
    definition: definition.value,
    policies: api.policies?.map((files) => declarePolicy(files)),
    // dcr-service checks the callers of its own API itself.
    gate: api.regulatory && !isRegistrationApi ? recipientGate(api, outputs.dcrService) : undefined,
    regulatory: api.regulatory,
    gateways: api.gateways,
    runtime: {
      ...(url === undefined
        ? {}
        : { endpointConfig: { endpoint_type: 'http', production_endpoints: { url }, sandbox_endpoints: { url } } }),
      policies: api.businessPlans,
      apiThrottlingPolicy: api.throttlingPolicy,
      keyManagers: api.keyManagers,
      transport: api.transport,
      visibility: api.visibility,
      ...(api.regulatory ? onlyByToken : {}),
    },
  };
}
