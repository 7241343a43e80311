import type { Effects } from './effect.ts';
import { anotherJob, pods, schemaVariable, servers, toml } from './rendered-lines.ts';

interface Amounts {
  cpu?: string;
  memory?: string;
  disk?: string;
}

/** Of every container of a part that is not only the preparation of a server. */
function large(part: string, requests: Amounts, limits: Amounts): string[] {
  const lines = (kind: string, { disk, ...others }: Amounts) =>
    Object.entries({ ...others, ...(disk !== undefined && { 'ephemeral-storage': disk }) }).map(
      ([amount, value]) => `${pods(part)}.*ontainers.*.resources.${kind}.${amount} = ${value}`,
    );
  return [...lines('requests', requests), ...lines('limits', limits)];
}

const patient = (part: string) => [
  `Deployment ${part} metadata.annotations.pulumi.com/timeoutSeconds = 660`,
  `${pods(part)}.containers.${part}.startupProbe.failureThreshold = 300`,
];

/** What WSO2's servers need, and who waits for them. */
const largeStack = [
  ...servers.flatMap((part) => [
    ...large(part, { cpu: '2', memory: '3Gi', disk: '1Gi' }, { cpu: '3', memory: '4Gi', disk: '5Gi' }),
    `${pods(part)}.containers.${part}.env.JVM_MEM_OPTS.value = -Xms2048m -Xmx2048m`,
    `PersistentVolumeClaim ${part} spec.resources.requests.storage = 10Gi`,
  ]),
  ...large('dcr-service', { cpu: '200m', memory: '256Mi' }, { memory: '512Mi' }),
  ...[...servers, 'dcr-service', 'register'].flatMap(patient),
];

/** Which servers these are, and how large. */
export const generationEffects: Effects = {
  generation: [
    {
      in: 'deployed',
      value: '4.2',
      changes: [
        'outputs generation = 4.2',
        // Homes, stores and users of the images.
        `${toml('api-manager')}.database.*_db.url = *wso2am-4.2.0/*`,
        `${toml('identity-server')}.database.shared_db.url = *wso2is-6.1.0/*`,
        `${toml('identity-server')}.keystore.*.file_name = *.jks`,
        `${toml('identity-server')}.keystore.*.type = JKS`,
        `${toml('identity-server')}.truststore.file_name = client-truststore.jks`,
        `${toml('identity-server')}.truststore.type = JKS`,
        ...[
          '*SERVER_HOME.value = *',
          'containers.api-manager.env.JAVA_OPTS.value = *',
          'containers.api-manager.volumeMounts.state.mountPath = *',
        ].map((line) => `${pods('api-manager')}.*${line}wso2am-4.2.0*`),
        ...['*SERVER_HOME.value = *', 'containers.identity-server.volumeMounts.state.mountPath = *'].map(
          (line) => `${pods('identity-server')}.*${line}wso2is-6.1.0*`,
        ),
        ...['KEYSTORE', 'SIGNING_KEYSTORE', 'TRUSTSTORE', 'RECIPIENTS_TRUSTSTORE'].map(
          (variable) => `${pods('identity-server')}.initContainers.prepare.env.${variable}.value = *.jks`,
        ),
        `${pods('identity-server')}.initContainers.prepare.env.STORE_TYPE.value = JKS`,
        `${toml('identity-server')}.transport.https.sslHostConfig.properties.truststoreFile = *.jks`,
        `${toml('identity-server')}.transport.https.sslHostConfig.properties.truststoreType = JKS`,
        ...['Deployment api-manager', 'Job api-manager-schema'].flatMap((object) =>
          ['fsGroup', 'runAsGroup', 'runAsUser'].map(
            (member) => `${object} spec.template.spec.securityContext.${member} = 802`,
          ),
        ),
        // Keys of 32 characters, and one kind of gateway.
        ...servers.map((part) => `Secret ${part}-credentials stringData.WSO2_ENCRYPTION_KEY = *`),
        `${toml('api-manager')}.apim.gateway.environment.Default.gateway_type gone`,
        `${toml('api-manager')}.apim.gateway.environment.Default.provider gone`,
        // What 4.7 does by itself, and the gateway's own answer would want a password.
        `${toml('api-manager')}.oauth.* gone`,
        `${pods('api-manager')}.containers.api-manager.readinessProbe.httpGet.path = /api/am/publisher/v4/settings`,
        // Which scopes everybody gets cannot be said, nor how roles may be named, and there are no agents.
        `${toml('identity-server')}.oauth.a* gone`,
        `${toml('identity-server')}.oauth.endpoints.v2.oauth2_dcr_url gone`,
        `${toml('identity-server')}.oauth.oidc.id_token.sign* gone`,
        // Rows of the baseline that came with later versions.
        ...['admin_service.access_control.*', 'apim.ai.enable', 'apim.webhooks.https.enable', 'apim.ws.enable'].map(
          (key) => `${toml('api-manager')}.${key} gone`,
        ),
        ...['apim.wss.enable', 'encryption.internal_crypto_provider'].map(
          (key) => `${toml('api-manager')}.${key} gone`,
        ),
        `${toml('identity-server')}.resource.access_control with *BasicAuthentication"]} gone`,
        ...['organization_switch', 'token_exchange'].map(
          (grant) => `${toml('identity-server')}.oauth.grant_type.${grant}.enable gone`,
        ),
        ...['id_token_subject_token', 'subject_token'].map(
          (type) => `${toml('identity-server')}.oauth.response_type.${type}.enable gone`,
        ),
        `${toml('identity-server')}.session_data.cleanup.enable_expired_data_cleanup gone`,
        `${toml('identity-server')}.role_mgt.* gone`,
        `${toml('identity-server')}.datasource.AgentIdentity.* gone`,
        // Identity Server's tables are in API Manager's database, with room for what the accelerator keeps.
        `${toml('identity-server')}.database.identity_db.url = *:5432/apim?*wso2is-6.1.0/*`,
        `${toml('identity-server')}.identity_data_source.skip_db_schema_creation = true`,
        'ConfigMap api-manager-schema-init data.accelerator-columns.sql = *',
        `${pods('database')}.initContainers.prepare.command = * wso2:PASSWORD_0:apim,apim_shared,identity_shared *`,
        anotherJob('api-manager-schema'),
        'Job api-manager-schema spec.template.spec.containers.schema.command = * apim:am_system_configs:apimgt/postgresql.sql,accelerator-columns.sql *',
        'Job api-manager-schema spec.template.spec.initContainers.scripts.command = *wso2am-4.2.0*',
        anotherJob('identity-server-schema'),
        'Job identity-server-schema spec.template.spec.containers.schema.command = *.sh identity_shared:um_tenant:postgresql.sql',
        'Job identity-server-schema spec.template.spec.initContainers.scripts.command = *wso2is-6.1.0*',
        // The accelerator's own.
        `${toml('api-manager')}.open_banking.keyManager.name = OBKM`,
        `${toml('identity-server')}.open_banking.dcr.registration.audience.allowed_values = https://identity-server:9443/oauth2/token`,
        `${toml('identity-server')}.open_banking.dcr.use_softwareIdForAppName = true`,
        `${toml('identity-server')}.resource.access_control with {"context":"*/api/openbanking/dynamic-client-registration/*",*} = there`,
        ...['DELETE', 'GET', 'POST', 'PUT'].map(
          (method) =>
            `${toml('identity-server')}.resource.access_control with {*/keymanager-operations/dcr/register*"http_method":"${method}",*} = there`,
        ),
        `${toml('identity-server')}.tenant_context.rewrite.custom_webapps = /keymanager-operations/`,
        `${pods('dcr-service')}.containers.dcr-service.env.DCR_CLIENT_REGISTRATION.value = accelerator`,
      ],
    },
  ],
  size: [
    {
      value: 'standard',
      changes: [...largeStack, 'PersistentVolumeClaim dcr-service spec.resources.requests.storage = 10Gi'],
    },
    {
      in: 'deployed',
      value: 'standard',
      changes: [
        ...largeStack,
        ...large('database', { cpu: '500m', memory: '1Gi', disk: '128Mi' }, { cpu: '2', memory: '2Gi' }),
        ...patient('database'),
        'PersistentVolumeClaim database spec.resources.requests.storage = 10Gi',
        ...servers.flatMap((part) => [
          `Job ${part}-schema metadata.annotations.pulumi.com/timeoutSeconds = 840`,
          `Job ${part}-schema spec.activeDeadlineSeconds = 780`,
        ]),
        ...schemaVariable('PATIENCE', '600'),
      ],
    },
    {
      in: 'provisioned',
      value: 'standard',
      changes: [
        ...largeStack,
        'PersistentVolumeClaim dcr-service spec.resources.requests.storage = 10Gi',
        'Job provisioning metadata.annotations.pulumi.com/timeoutSeconds = 1020',
        'Job provisioning spec.activeDeadlineSeconds = 960',
        'Job provisioning spec.template.spec.containers.provisioning.args = * --timeout 900',
      ],
    },
    {
      in: 'loadBalancer',
      value: 'standard',
      changes: [
        ...largeStack,
        'PersistentVolumeClaim dcr-service spec.resources.requests.storage = 10Gi',
        'Service public-* metadata.annotations.pulumi.com/timeoutSeconds = 900',
      ],
    },
  ],
};
