/** Paths of the REST APIs, in fastify's notation. */
export const publisher = '/api/am/publisher/v4';
export const admin = '/api/am/admin/v4';
export const devportal = '/api/am/devportal/v3';

/** The scopes of the three REST APIs; all of them belong to the administrator's role (tenant-conf.json). */
export const restApiScopes: readonly string[] = `
  apim:admin apim:admin_alert_manage apim:admin_operations apim:admin_settings apim:api_create apim:api_definition_view
  apim:api_delete apim:api_generate_key apim:api_import_export apim:api_key apim:api_list_view apim:api_manage
  apim:api_mediation_policy_manage apim:api_product_import_export apim:api_publish apim:api_view
  apim:api_workflow_approve apim:api_workflow_view apim:app_import_export apim:app_manage apim:app_owner_change
  apim:bl_manage apim:bl_view apim:bot_data apim:client_certificates_add apim:client_certificates_manage
  apim:client_certificates_update apim:client_certificates_view apim:comment_manage apim:comment_view
  apim:comment_write apim:common_operation_policy_manage apim:common_operation_policy_view apim:document_create
  apim:document_manage apim:environment_manage apim:environment_read apim:ep_certificates_add
  apim:ep_certificates_manage apim:ep_certificates_update apim:ep_certificates_view apim:gateway_policy_manage
  apim:gateway_policy_view apim:label_manage apim:label_read apim:llm_provider_manage apim:llm_provider_read
  apim:mcp_server_create apim:mcp_server_delete apim:mcp_server_import_export apim:mcp_server_list_view
  apim:mcp_server_manage apim:mcp_server_publish apim:mcp_server_view apim:mediation_policy_create
  apim:mediation_policy_manage apim:mediation_policy_view apim:monetization_usage_publish apim:organization_manage
  apim:organization_read apim:policies_import_export apim:pub_alert_manage apim:publisher_organization_read
  apim:publisher_settings apim:scope_manage apim:shared_scope_manage apim:store_settings apim:sub_alert_manage
  apim:sub_manage apim:subscribe apim:subscription_block apim:subscription_manage apim:subscription_view
  apim:tenantInfo apim:tenant_theme_manage apim:threat_protection_policy_create
  apim:threat_protection_policy_manage apim:tier_manage apim:tier_view
`
  .trim()
  .split(/\s+/);

const READ_API = 'apim:api_view apim:api_manage apim:api_import_export';
const WRITE_API = 'apim:api_create apim:api_manage';
const READ_REVISION = 'apim:api_view apim:api_create apim:api_manage apim:api_publish';
const WRITE_REVISION = 'apim:api_create apim:api_manage apim:api_publish';
const READ_POLICY =
  'apim:api_view apim:api_manage apim:mediation_policy_view apim:mediation_policy_manage apim:api_mediation_policy_manage';
const WRITE_POLICY =
  'apim:api_manage apim:mediation_policy_create apim:mediation_policy_manage apim:api_mediation_policy_manage';
const READ_COMMON_POLICY = 'apim:common_operation_policy_view apim:common_operation_policy_manage';
const KEY_MANAGERS = 'apim:admin apim:admin_operations';
const APPLICATIONS = 'apim:subscribe apim:app_manage';
const SUBSCRIPTIONS = 'apim:subscribe apim:sub_manage';

/** Which scopes open an operation: any one of them is enough; none at all are needed where the list is empty. */
export const OPERATIONS: Readonly<Record<string, string>> = {
  [`GET ${publisher}/settings`]: 'apim:api_view apim:publisher_settings',
  [`GET ${publisher}/key-managers`]: 'apim:api_view apim:api_create apim:api_manage',
  [`GET ${publisher}/throttling-policies/:policyLevel`]: 'apim:api_view apim:tier_view apim:tier_manage',
  [`POST ${publisher}/apis/validate-openapi`]: WRITE_API,
  [`POST ${publisher}/apis/import-openapi`]: WRITE_API,
  [`GET ${publisher}/apis`]: `${READ_API} apim:api_list_view`,
  [`GET ${publisher}/apis/:apiId`]: `${READ_API} apim:api_product_import_export`,
  [`PUT ${publisher}/apis/:apiId`]: `${WRITE_API} apim:api_publish`,
  [`DELETE ${publisher}/apis/:apiId`]: 'apim:api_delete apim:api_manage apim:api_import_export',
  [`GET ${publisher}/apis/:apiId/swagger`]: 'apim:api_view apim:api_manage apim:api_definition_view',
  [`PUT ${publisher}/apis/:apiId/swagger`]: WRITE_API,
  [`GET ${publisher}/apis/:apiId/subscription-policies`]: 'apim:api_view apim:api_manage',
  [`GET ${publisher}/subscriptions`]: 'apim:api_view apim:subscription_view apim:subscription_manage',
  [`POST ${publisher}/apis/change-lifecycle`]: 'apim:api_publish apim:api_manage apim:api_import_export',
  [`GET ${publisher}/apis/:apiId/lifecycle-state`]: READ_REVISION,
  [`GET ${publisher}/apis/:apiId/revisions`]: `${READ_REVISION} apim:api_import_export`,
  [`POST ${publisher}/apis/:apiId/revisions`]: `${WRITE_REVISION} apim:api_import_export`,
  [`GET ${publisher}/apis/:apiId/revisions/:revisionId`]: READ_REVISION,
  [`DELETE ${publisher}/apis/:apiId/revisions/:revisionId`]: `${WRITE_REVISION} apim:api_import_export`,
  [`GET ${publisher}/apis/:apiId/deployments`]: READ_REVISION,
  [`POST ${publisher}/apis/:apiId/deploy-revision`]: WRITE_REVISION,
  [`POST ${publisher}/apis/:apiId/undeploy-revision`]: `${WRITE_REVISION} apim:api_import_export`,
  [`POST ${publisher}/apis/:apiId/restore-revision`]: WRITE_REVISION,
  [`GET ${publisher}/apis/:apiId/operation-policies`]: READ_POLICY,
  [`POST ${publisher}/apis/:apiId/operation-policies`]: WRITE_POLICY,
  [`GET ${publisher}/apis/:apiId/operation-policies/:operationPolicyId`]: READ_POLICY,
  [`DELETE ${publisher}/apis/:apiId/operation-policies/:operationPolicyId`]: WRITE_POLICY,
  [`GET ${publisher}/operation-policies`]: READ_COMMON_POLICY,
  [`POST ${publisher}/operation-policies`]: 'apim:common_operation_policy_manage',
  [`GET ${publisher}/operation-policies/:operationPolicyId`]: READ_COMMON_POLICY,
  [`DELETE ${publisher}/operation-policies/:operationPolicyId`]: 'apim:common_operation_policy_manage',
  [`GET ${admin}/settings`]: 'apim:admin apim:admin_settings',
  [`GET ${admin}/key-managers`]: KEY_MANAGERS,
  [`POST ${admin}/key-managers`]: KEY_MANAGERS,
  [`POST ${admin}/key-managers/discover`]: KEY_MANAGERS,
  [`GET ${admin}/key-managers/:keyManagerId`]: KEY_MANAGERS,
  [`PUT ${admin}/key-managers/:keyManagerId`]: KEY_MANAGERS,
  [`DELETE ${admin}/key-managers/:keyManagerId`]: KEY_MANAGERS,
  [`GET ${admin}/applications`]: 'apim:admin apim:app_owner_change apim:app_import_export',
  [`GET ${devportal}/settings`]: 'apim:store_settings',
  [`GET ${devportal}/key-managers`]: 'apim:subscribe',
  [`GET ${devportal}/apis`]: '',
  [`GET ${devportal}/apis/:apiId`]: '',
  [`GET ${devportal}/applications`]: `${APPLICATIONS} apim:app_import_export`,
  [`POST ${devportal}/applications`]: APPLICATIONS,
  [`GET ${devportal}/applications/:applicationId`]: APPLICATIONS,
  [`PUT ${devportal}/applications/:applicationId`]: APPLICATIONS,
  [`DELETE ${devportal}/applications/:applicationId`]: `${APPLICATIONS} apim:app_import_export`,
  [`POST ${devportal}/applications/:applicationId/generate-keys`]: APPLICATIONS,
  [`POST ${devportal}/applications/:applicationId/map-keys`]: APPLICATIONS,
  [`GET ${devportal}/applications/:applicationId/oauth-keys`]: APPLICATIONS,
  [`GET ${devportal}/applications/:applicationId/oauth-keys/:keyMappingId`]: APPLICATIONS,
  [`POST ${devportal}/applications/:applicationId/oauth-keys/:keyMappingId/clean-up`]: APPLICATIONS,
  [`GET ${devportal}/subscriptions`]: SUBSCRIPTIONS,
  [`POST ${devportal}/subscriptions`]: SUBSCRIPTIONS,
  [`POST ${devportal}/subscriptions/multiple`]: SUBSCRIPTIONS,
  [`GET ${devportal}/subscriptions/:subscriptionId`]: SUBSCRIPTIONS,
  [`DELETE ${devportal}/subscriptions/:subscriptionId`]: SUBSCRIPTIONS,
};

/** The scopes that open the operation, or undefined where the path belongs to none of the three REST APIs. */
export function scopesOf(method: string, route: string): string[] | undefined {
  // fastify answers HEAD wherever it answers GET.
  const listed = OPERATIONS[`${method === 'HEAD' ? 'GET' : method} ${route}`];
  return listed?.split(' ').filter((scope) => scope !== '');
}
