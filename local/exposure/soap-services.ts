import type { Product, Versions } from '../verification/version.ts';

interface Services extends Versions {
  products: readonly Product[];
  names: string;
}

const both = ['api-manager', 'identity-server'] as const;

/** Names of SOAP services in the bundles of API Manager 4.2.0 and 4.6.0 and of Identity Server 7.1.0. */
const services: readonly Services[] = [
  {
    products: both,
    names: `AccountCredentialMgtConfigService AuthenticationAdmin CarbonAppUploader ClaimManagementService
      ClaimMetadataManagementService ConditionalAuthenticationMgtService ContentSearchAdminService CustomUIAdminService
      DeploymentSynchronizerAdmin DirectoryServerManager EventBrokerService EventPublishService EventPublisherAdminService
      EventStreamAdminService FileDownloadService FileUploadService FunctionLibraryManagementAdminService
      I18nEmailMgtConfigService IdentityApplicationManagementService IdentityGovernanceAdminService
      IdentityProviderAdminService IdentityProviderMgtService KeyStoreAdminService LogViewer LoggedUserInfoAdmin
      LoginStatisticsAdmin MultipleCredentialsUserAdmin NDataSourceAdmin OAuth2TokenValidationService OAuthAdminService
      OAuthService OpenIDProviderService PackageInfoService PropertiesAdminService RedirectorServletService
      RegistryAdminService RemoteAuthorizationManagerService RemoteClaimManagerService
      RemoteProfileConfigurationManagerService RemoteTenantManagerService RemoteUserRealmService
      RemoteUserStoreManagerService ResourceAdminService SAML2SSOAuthenticationService SearchAdminService ServerAdmin
      ServerRolesManager SessionManagementService StatisticsAdmin TenantMgtAdminService ThemeMgtService
      TopicManagerAdminService UserAdmin UserIdentityManagementAdminService UserInformationRecoveryService
      UserProfileMgtService UserRegistrationAdminService UserStoreConfigAdminService UserStoreCountService WebappAdmin`,
  },
  {
    products: ['identity-server'],
    names: `AdminAdvisoryManagementService HelloWorld IdentitySAMLSSOConfigService IdentitySAMLSSOService
      IdentitySAMLValidatorService LoggingAdmin ProfilesAdminService RemoteLoggingConfig RemoteUserStoreManagerServiceV2
      SAMLQueryService TOTPAdminService UserAccountAssociationService mex-ut mex-ut2`,
  },
  {
    products: ['api-manager'],
    names: `APIGatewayAdmin APIKeyMgtRemoteUserStoreMgtService APILocalEntryAdmin AndesAdminService AndesEventAdminService
      AndesMQTTAdminService AndesManagerService ChallengeQuestionManagementAdminService ClassMediatorAdmin
      CommandMediatorAdmin ConfigServiceAdmin CustomMeteringService ESBNTaskAdmin EmailVerificationService EndpointAdmin
      EndpointTemplateAdminService EntitlementAdminService EntitlementPolicyAdminService EntitlementService
      EventFlowAdminService EventProcessorAdminService EventReceiverAdminService EventStatisticsAdminService InboundAdmin
      InfoAdminService ListMetadataService LocalEntryAdmin ManageGenericArtifactService MediationLibraryAdminService
      MediationLibraryUploader MediationSecurityAdminService MetricsDataService ModuleAdminService PriorityMediationAdmin
      QpidAdminService RegistryCacheInvalidationService RegistryEventBrokerService RegistryEventPublishService
      RelationAdminService RemoteTaskAdmin RestApiAdmin SequenceAdminService SynapseApplicationAdmin
      SynapseArtifactUploaderAdmin TaskAdmin TemplateAdminService TierCacheService Version WSDLToolService
      WSRegistryService WorkflowAdminService WorkflowCallbackService echo ws-xacml`,
  },
  {
    products: ['api-manager'],
    since: '4.6',
    names: 'AdminAdvisoryManagementService LoggingAdmin RemoteLoggingConfig',
  },
  {
    products: ['api-manager'],
    before: '4.6',
    names: `CustomLifecyclesChecklistAdminService EventSimulatorAdminService LifeCycleManagementService
      TemplateManagerAdminService`,
  },
];

/** The SOAP services of a product, each with the versions that have it. */
export function soapServicesOf(product: Product): (Versions & { name: string })[] {
  return services
    .filter(({ products }) => products.includes(product))
    .flatMap(({ names, products: _, ...versions }) => names.split(/\s+/).map((name) => ({ name, ...versions })));
}
