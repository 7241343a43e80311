/** The REST APIs that a token can be asked for. */
export type Area = 'publisher' | 'admin' | 'devportal';

/** The scopes that this project's calls need, and no more; all exist in 4.2 and in 4.7. */
export const scopesByArea: Record<Area, readonly string[]> = {
  publisher: [
    'apim:api_view',
    'apim:api_create',
    'apim:api_publish',
    'apim:api_delete',
    'apim:mediation_policy_view',
    'apim:mediation_policy_create',
    'apim:mediation_policy_manage',
    'apim:publisher_settings',
  ],
  admin: ['apim:admin', 'apim:admin_operations', 'apim:admin_settings'],
  devportal: ['apim:subscribe', 'apim:app_manage', 'apim:sub_manage'],
};
