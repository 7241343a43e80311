import { restApiScopes } from './scopes.ts';

/** The roles that API Manager makes at its first start (tenant-conf.json, DefaultRoles), beside `admin` and `Internal/everyone`. */
export const INTERNAL_ROLES = [
  'Internal/creator',
  'Internal/publisher',
  'Internal/subscriber',
  'Internal/devops',
  'Internal/observer',
  'Internal/integration_dev',
] as const;

/**
 * Which internal roles open which scopes of the REST APIs: RESTAPIScopes of tenant-conf.json, as carbon-apimgt has it.
 * `admin` opens them all except the two that are only for `Internal/integration_dev`; `Internal/analytics` is named there, but no such role
 * exists.
 */
const SCOPES_OF: Record<(typeof INTERNAL_ROLES)[number] | 'Internal/analytics', string> = {
  'Internal/creator': `
    apim:api_create apim:api_delete apim:api_generate_key apim:api_view apim:tier_view apim:subscription_view
    apim:mediation_policy_view apim:mediation_policy_create apim:mediation_policy_manage
    apim:api_mediation_policy_manage apim:document_create apim:document_manage apim:ep_certificates_add
    apim:ep_certificates_manage apim:ep_certificates_update apim:ep_certificates_view apim:client_certificates_add
    apim:client_certificates_manage apim:client_certificates_update apim:client_certificates_view
    apim:threat_protection_policy_create apim:threat_protection_policy_manage apim:publisher_settings
    apim:pub_alert_manage apim:comment_view apim:comment_write apim:comment_manage
    apim:common_operation_policy_view apim:common_operation_policy_manage apim:gateway_policy_view
    apim:llm_provider_read apim:mcp_server_create apim:mcp_server_view apim:mcp_server_delete`,
  'Internal/publisher': `
    apim:api_publish apim:api_generate_key apim:api_view apim:tier_view apim:subscription_view
    apim:subscription_block apim:subscription_manage apim:monetization_usage_publish apim:document_create
    apim:document_manage apim:publisher_settings apim:comment_view apim:comment_write apim:comment_manage
    apim:common_operation_policy_view apim:gateway_policy_view apim:llm_provider_read apim:mcp_server_view
    apim:mcp_server_publish`,
  'Internal/subscriber': `
    apim:subscribe apim:app_manage apim:sub_manage apim:store_settings apim:api_key apim:sub_alert_manage`,
  'Internal/devops': `
    apim:subscribe apim:app_manage apim:sub_manage apim:api_import_export apim:app_import_export
    apim:api_product_import_export apim:policies_import_export apim:mcp_server_import_export`,
  'Internal/observer': `
    apim:api_view apim:publisher_settings apim:common_operation_policy_view apim:gateway_policy_view
    apim:mcp_server_view`,
  'Internal/analytics': 'apim:api_view apim:mcp_server_view',
  'Internal/integration_dev': 'apim:api_list_view apim:api_definition_view apim:mcp_server_list_view',
};
const NOT_FOR_ADMIN = ['apim:api_list_view', 'apim:api_definition_view'];

/** The REST API scopes that a user with these roles can have; a role that tenant-conf.json does not name opens none. */
export function scopesForRoles(roles: readonly string[]): Set<string> {
  const listed = Object.entries(SCOPES_OF)
    .filter(([role]) => roles.includes(role))
    .flatMap(([, scopes]) => scopes.trim().split(/\s+/));
  const all = roles.includes('admin') ? restApiScopes.filter((scope) => !NOT_FOR_ADMIN.includes(scope)) : [];
  return new Set([...all, ...listed]);
}
