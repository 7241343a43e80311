import type { FastifyInstance } from 'fastify';
import { businessPlans, shownPlan } from '../business-plans.ts';
import { notFound } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { pathParameter } from '../request-body.ts';
import { publisher, restApiScopes } from '../scopes.ts';
import { requireApi } from './api-repository.ts';

/** What an installation offers to publishers: environments with their virtual hosts, business plans, key managers. */
export function publisherSettings(app: FastifyInstance, { environments, managementUrl, store }: Instance): void {
  app.get(`${publisher}/settings`, async (request) => {
    const told = {
      devportalUrl: `${managementUrl}/devportal`,
      environment: environments,
      gatewayTypes: ['Regular', 'APK'],
      // What each kind of gateway can do: not used here.
      gatewayFeatureCatalog: { gatewayFeatures: {}, apiTypes: {} },
      scopes: restApiScopes,
      monetizationAttributes: [],
      subscriberContactAttributes: [{ recipient: '', delimiter: '' }],
      securityAuditProperties: {
        isGlobal: null,
        overrideGlobal: null,
        apiToken: null,
        collectionId: null,
        baseUrl: null,
      },
      customProperties: [],
      portalConfigurationOnlyModeEnabled: false,
      retryCallWithNewOAuthTokenEnabled: true,
      isJWTEnabledForLoginTokens: false,
      orgAccessControlEnabled: true,
      allowSubscriptionValidationDisabling: true,
      isGatewayNotificationEnabled: true,
      isMCPSupportEnabled: true,
      aiAuthTokenProvided: false,
      designAssistantEnabled: true,
      externalStoresEnabled: false,
      docVisibilityEnabled: false,
      crossTenantSubscriptionEnabled: false,
      defaultAdvancePolicy: 'Unlimited',
      defaultSubscriptionPolicy: 'Unlimited',
      authorizationHeader: 'Authorization',
    };
    // Without credentials a caller learns what this version can do, and nothing about the installation.
    return request.caller === '' ? { ...told, ...untold } : told;
  });

  app.get(`${publisher}/throttling-policies/:policyLevel`, async (request) => {
    if (pathParameter(request, 'policyLevel') !== 'subscription')
      throw notFound('Requested throttling policies not found');
    return page(request, businessPlans.map(shownPlan));
  });

  app.get(`${publisher}/apis/:apiId/subscription-policies`, async (request) => {
    const { policies } = requireApi(store, request).object;
    return businessPlans.filter(({ name }) => policies.includes(name)).map(shownPlan);
  });

  app.get(`${publisher}/key-managers`, async () => {
    const list = store.keyManagers.list().map(({ id, name, displayName, type, description, enabled }) => {
      return { id, name, displayName: displayName ?? name, type, description: description ?? '', enabled };
    });
    return { count: list.length, list };
  });
}

const untold = {
  devportalUrl: null,
  environment: [],
  gatewayFeatureCatalog: null,
  subscriberContactAttributes: [],
  securityAuditProperties: null,
  externalStoresEnabled: null,
  docVisibilityEnabled: null,
  defaultAdvancePolicy: null,
  defaultSubscriptionPolicy: null,
};
