import { multipart, type SampleApiManager } from './sample-api-manager.ts';

export const apis = '/api/am/publisher/v4/apis';

/** An OpenAPI definition with an open and a guarded operation. */
export const openApi = `
openapi: 3.0.3
info: { title: Sample Registration API, version: '0.2', description: A sample. }
paths:
  /register:
    post:
      x-auth-type: None
      security: []
      responses: { '201': { description: Created } }
  /register/{ClientId}:
    get:
      security: [{ default: ['sample:read'] }]
      responses: { '200': { description: OK } }
components:
  securitySchemes:
    default:
      type: oauth2
      flows:
        implicit:
          authorizationUrl: https://test.com
          scopes: { 'sample:read': Read registrations }
          x-scopes-bindings: { 'sample:read': Internal/subscriber }
`;

export const properties = {
  name: 'SampleRegistrationAPI',
  version: '0.2',
  context: '/sample/{version}',
  policies: ['Unlimited'],
  endpointConfig: { endpoint_type: 'http', production_endpoints: { url: 'https://localhost:1/backend' } },
};

export const importForm = (additionalProperties: unknown = properties, definition = openApi) =>
  multipart(
    { additionalProperties: JSON.stringify(additionalProperties) },
    { file: { name: 'openapi.yaml', content: definition } },
  );

/** Imports the sample and gives back its id. */
export async function importSample(server: SampleApiManager, token: string): Promise<string> {
  const { data } = await server.call('POST', `${apis}/import-openapi`, { token, body: importForm() });
  return data.id;
}

export const policySpecification = `
type: operation_policy_specification
version: v4.5.0
data:
  category: Mediation
  name: sampleHeader
  version: v1
  displayName: Sample header
  description: Sets a header.
  applicableFlows: [request]
  supportedGateways: [Synapse]
  supportedApiTypes: [HTTP]
  policyAttributes:
    - { name: value, displayName: Value, type: String, required: true }
`;

export const policyForm = (
  definition = '<header name="x-sample" scope="transport" value="{{value}}"/>',
  specification = policySpecification,
) =>
  multipart(
    {},
    {
      policySpecFile: { name: 'policy.yaml', content: specification },
      synapsePolicyDefinitionFile: { name: 'policy.j2', content: definition },
    },
  );
