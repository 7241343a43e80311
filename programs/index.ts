/*
 * recipient ──mTLS──▶ gateway (API Manager) ──mTLS──▶ dcr-service ──▶ Identity Server (OAuth client)
 *                                                          │  └────▶ API Manager (application, keys, subscriptions)
 *                                                          └────▶ PostgreSQL, or SQLite on a volume
 *
 * What Kubernetes runs for one stack. What only REST calls can set up is not here: `npm run provision` does that next.
 */
import { all } from '@pulumi/pulumi';
import { ApiManager } from './components/api-manager.ts';
import { openDatabase } from './components/database/database.ts';
import { DatabaseSchema } from './components/database/schema.ts';
import { DcrService } from './components/dcr-service.ts';
import { Edge } from './components/edge.ts';
import { IdentityServer } from './components/identity-server.ts';
import { Monitoring } from './components/monitoring.ts';
import { StackNamespace } from './components/namespace.ts';
import { NetworkPolicies } from './components/network-policies.ts';
import { Provisioning } from './components/provisioning.ts';
import { Register } from './components/register.ts';
import { RegistryCredentials } from './components/registry-credentials.ts';
import { openCertificates } from './components/server-certificates.ts';
import { ServiceUsers } from './components/service-users.ts';
import { Trust } from './components/trust.ts';
import { trustBundles } from './declared-trust.ts';
import { servicePath } from './deployment-toml/own-secrets.ts';
import { keepData } from './kept-data.ts';
import type { StackOutputs } from './outputs.ts';
import { sizes } from './pods/sizes.ts';
import { enforceObjectPolicy } from './policy/object-policy.ts';
import { requireFitSettings } from './policy/production-settings.ts';
import { generations } from './products.ts';
import { publicAddresses } from './public-addresses.ts';
import { readRegisterPki } from './register-pki.ts';
import { serviceUser } from './service-users.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
if (settings.production) {
  requireFitSettings(settings);
  enforceObjectPolicy();
}
if (settings.production || settings.keepData) keepData();

const products = generations[settings.generation];
const { issuer, registrationUrl } = publicAddresses(settings);
const stackNamespace = new StackNamespace('namespace', { name: settings.namespace });
if (settings.registryCredentials !== undefined) {
  new RegistryCredentials('registry-credentials', {
    namespace: stackNamespace.name,
    dockerConfig: settings.registryCredentials,
  });
}
const declaredTrust = new Trust('trust', {
  namespace: stackNamespace.name,
  directory: settings.trustDirectory,
});

new NetworkPolicies('network-policies', { namespace: stackNamespace.name, settings });

const everyPart = {
  namespace: stackNamespace.name,
  generation: settings.generation,
  sizes: sizes[settings.size],
  trust: declaredTrust,
  administrator: settings.administrator,
  ...(settings.storageClass !== undefined && { storageClass: settings.storageClass }),
};

const certificates = openCertificates(stackNamespace.name, settings);

const database = openDatabase({
  ...everyPart,
  products,
  settings,
  certificate: certificates.database,
  imageWithNode: settings.dcrServiceImage,
});
// Identity Server's tables may be in a database of API Manager's: both servers wait for both schemas.
const schemas = database
  ? [
      { part: 'api-manager', product: products.apiManager, serverImage: settings.apiManagerImage },
      { part: 'identity-server', product: products.identityServer, serverImage: settings.identityServerImage },
    ].map(
      ({ part, ...server }) =>
        new DatabaseSchema(`${part}-schema`, { ...everyPart, ...server, connection: database.connection }),
    )
  : [];
const storedIn = database ? { database, after: schemas } : {};

const stackSecrets = all([settings.encryptionKey, settings.endpointSecret]).apply(
  ([encryptionKey, endpointSecret]) => ({ encryptionKey, endpointSecret }),
);

const identityServerPart = new IdentityServer('identity-server', {
  ...everyPart,
  product: products.identityServer,
  image: settings.identityServerImage,
  administratorPassword: settings.identityServerPassword,
  storePassword: settings.storePassword,
  keystore: certificates.identityServer,
  ...(settings.identityServerSigningKeystore && { signingKeystore: settings.identityServerSigningKeystore }),
  stackSecrets,
  registrationUrl,
  accelerator: products.accelerator,
  replicas: settings.identityServerReplicas,
  issuer,
  ...(settings.identityHost !== undefined && { publicHost: settings.identityHost }),
  ...(settings.recipientHost !== undefined && { recipientHost: settings.recipientHost }),
  ...(settings.identityRevocationLists !== undefined && { revocationLists: settings.identityRevocationLists }),
  ...storedIn,
});

const apiManagerPart = new ApiManager('api-manager', {
  ...everyPart,
  product: products.apiManager,
  image: settings.apiManagerImage,
  administratorPassword: settings.apiManagerPassword,
  storePassword: settings.storePassword,
  keystore: certificates.apiManager,
  ...(settings.apiManagerSigningKeystore && { signingKeystore: settings.apiManagerSigningKeystore }),
  edge: settings,
  revocation: settings.gatewayRevocation,
  instances: settings.apiManagerInstances,
  stackSecrets,
  ...(products.accelerator && { acceleratorKeyManager: 'OBKM' }),
  ...storedIn,
});

const dcrServicePart = new DcrService('dcr-service', {
  ...everyPart,
  image: settings.dcrServiceImage,
  tls: certificates.dcrService,
  gatewayCertificateNames: settings.gatewayCertificateNames,
  gatewayCertificateIssuer: settings.gatewayCertificateIssuer,
  registerJwksUrl: settings.registerJwksUrl,
  issuer,
  revocation: settings.revocation,
  clientRegistration: products.clientRegistration,
  replicas: settings.dcrServiceReplicas || undefined,
  ...(database && { connection: database.connection }),
  allowedPrivateNetworks: settings.allowedPrivateNetworks,
  identityServer: settings.serviceUsers
    ? serviceUser(settings.serviceUsers, 'registration')
    : { username: settings.administrator, password: settings.identityServerPassword },
  apiManager: settings.serviceUsers
    ? serviceUser(settings.serviceUsers, 'subscriber')
    : { username: settings.administrator, password: settings.apiManagerPassword },
});

if (settings.serviceUsers) {
  new ServiceUsers('service-users', {
    namespace: stackNamespace.name,
    passwords: settings.serviceUsers,
    identityServerPassword: settings.identityServerPassword,
    apiManagerPassword: settings.apiManagerPassword,
  });
}

const registerPart =
  settings.registerImage !== undefined && settings.registerPkiDirectory !== undefined
    ? new Register('register', {
        ...everyPart,
        image: settings.registerImage,
        issuer,
        pki: readRegisterPki(settings.registerPkiDirectory),
      })
    : undefined;

if (settings.edge !== 'none') {
  new Edge('edge', {
    ...everyPart,
    products,
    settings,
    authorities: {
      'api-manager': declaredTrust[settings.gatewayCertificateIssuer].bundle,
      'identity-server': declaredTrust.servers.bundle,
    },
    servers: [identityServerPart, apiManagerPart],
  });
}

if (settings.monitoring === 'prometheus-operator') {
  new Monitoring('monitoring', { namespace: stackNamespace.name, labels: settings.monitoringLabels });
}

// The stack's outputs, as outputs.ts declares them.
export const generation: StackOutputs['generation'] = settings.generation;
export const namespace = stackNamespace.name;
export const apiManager: StackOutputs['apiManager'] = {
  url: apiManagerPart.url,
  gatewayUrl: apiManagerPart.gatewayUrl,
  ...(apiManagerPart.instances && { instances: [...apiManagerPart.instances] }),
};
export const identityServer: StackOutputs['identityServer'] = {
  url: identityServerPart.url,
  issuer: identityServerPart.issuer,
};
export const dcrService: StackOutputs['dcrService'] = { url: dcrServicePart.url };
export const recipient: StackOutputs['recipient'] = registerPart && { url: registerPart.recipientUrl };
export const trust: StackOutputs['trust'] = trustBundles(declaredTrust.declared);
export const next: StackOutputs['next'] = settings.provisioningImage ? 'npm run register' : 'npm run provision';

if (settings.provisioningImage !== undefined) {
  new Provisioning('provisioning', {
    ...everyPart,
    image: settings.provisioningImage,
    outputs: { generation, namespace: settings.namespace, apiManager, identityServer, dcrService, trust },
    ...(settings.provisioningSettings !== undefined && { settings: settings.provisioningSettings }),
    identityServerPassword: settings.identityServerPassword,
    apiManagerPassword: settings.apiManagerPassword,
    apiManagerServicePath: stackSecrets.apply(servicePath),
    serviceUsers: settings.serviceUsers,
    servers: [identityServerPart, apiManagerPart, dcrServicePart],
  });
}
