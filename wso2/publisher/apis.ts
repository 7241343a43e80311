import { jsonBody, multipartBody, type Part, type Rest, segment } from '../rest.ts';
import { secretsIn } from '../secrets.ts';
import {
  type Api,
  type ApiSubscription,
  type ApiSummary,
  apiSchema,
  apiSubscriptionSchema,
  apiSummarySchema,
  type OpenApiValidation,
  validationSchema,
} from './schemas.ts';

export interface ApisClient {
  /**
   * The API with exactly this name and version, or null.
   * The search behind it is an index that lags behind by seconds, sometimes minutes: null after a create proves nothing.
   */
  findApi(name: string, version: string): Promise<ApiSummary | null>;
  /** All APIs that the account may see, by the same lagging index. */
  listApis(): Promise<ApiSummary[]>;
  getApi(apiId: string): Promise<Api>;
  /** Creates an API from an OpenAPI document. `properties` is an API object; a member that this generation does not know is refused. */
  importOpenApi(openapi: string, properties: Record<string, unknown>): Promise<Api>;
  /** Replaces the API: send the whole body of {@link getApi} with your changes, or what you leave out is wiped. */
  updateApi(apiId: string, body: Record<string, unknown>): Promise<Api>;
  /** The stored OpenAPI document, as text. */
  getDefinition(apiId: string): Promise<string>;
  /** Replaces definition and operations; re-read the API afterwards, policies on changed operations may be gone. */
  updateDefinition(apiId: string, openapi: string): Promise<string>;
  validateOpenApi(openapi: string): Promise<OpenApiValidation>;
  /** Subscriptions of all applications, of all owners. */
  listApiSubscriptions(apiId: string): Promise<ApiSubscription[]>;
  /** Done when the API is gone, also when it was gone before; with subscriptions it is refused (409). */
  deleteApi(apiId: string): Promise<void>;
}

export function apisClient(rest: Rest, apis: string): ApisClient {
  return {
    async findApi(name, version) {
      // The search matches what contains the name, and versions that start alike: the exact one is picked here.
      const query = { query: `name:${name} version:${version}` };
      const found = await rest.all({ path: apis, query }, apiSummarySchema);
      return found.find((api) => api.name === name && api.version === version) ?? null;
    },
    listApis: () => rest.all({ path: apis }, apiSummarySchema),
    getApi: (apiId) => rest.json({ method: 'GET', path: `${apis}/${segment(apiId)}` }, apiSchema),
    importOpenApi: (openapi, properties) =>
      rest.json(
        {
          method: 'POST',
          path: `${apis}/import-openapi`,
          body: {
            ...multipartBody({ file: openApiFile(openapi), additionalProperties: JSON.stringify(properties) }),
            secrets: secretsIn(properties),
          },
        },
        apiSchema,
      ),
    updateApi: (apiId, body) =>
      rest.json({ method: 'PUT', path: `${apis}/${segment(apiId)}`, body: jsonBody(body) }, apiSchema),
    getDefinition: (apiId) => rest.text({ method: 'GET', path: `${apis}/${segment(apiId)}/swagger` }),
    updateDefinition: (apiId, openapi) =>
      rest.text({
        method: 'PUT',
        path: `${apis}/${segment(apiId)}/swagger`,
        body: multipartBody({ apiDefinition: openapi }),
      }),
    validateOpenApi: (openapi) =>
      rest.json(
        {
          method: 'POST',
          path: `${apis}/validate-openapi`,
          body: multipartBody({ file: openApiFile(openapi) }),
          // It stores nothing.
          repetition: 'freely',
          asks: openapi,
        },
        validationSchema,
      ),
    listApiSubscriptions: (apiId) =>
      rest.all({ path: apis.replace(/apis$/, 'subscriptions'), query: { apiId } }, apiSubscriptionSchema),
    deleteApi: (apiId) => rest.gone({ path: `${apis}/${segment(apiId)}` }),
  };
}

function openApiFile(content: string): Part {
  return content.trimStart().startsWith('{')
    ? { filename: 'openapi.json', type: 'application/json', content }
    : { filename: 'openapi.yaml', type: 'application/yaml', content };
}
