/*
 * recipient ──mTLS──▶ gateway (API Manager) ──mTLS──▶ dcr-service ──▶ Identity Server (OAuth client)
 *                                                          │  └────▶ API Manager (application, keys, subscriptions)
 *                                                          └────▶ SQLite on a volume
 *
 * What Kubernetes runs for one stack. What only REST calls can set up is not here: `npm run provision` does that next.
 */
import { ApiManager } from './components/api-manager.ts';
import { DcrService } from './components/dcr-service.ts';
import { IdentityServer } from './components/identity-server.ts';
import { StackNamespace } from './components/namespace.ts';
import { Provisioning } from './components/provisioning.ts';
import { Register } from './components/register.ts';
import { Trust } from './components/trust.ts';
import { trustBundles } from './declared-trust.ts';
import type { StackOutputs } from './outputs.ts';
import { sizes } from './pods/sizes.ts';
import { generations } from './products.ts';
import { readRegisterPki } from './register-pki.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const products = generations[settings.generation];
// Its key manager reads Identity Server's tables: without a database that both share it would deploy, and register nobody.
if (products.accelerator) {
  throw new Error(
    `generation ${settings.generation} cannot be deployed by this program yet: both servers need one database. It runs as plain processes, npm run quickstart -- --no-cluster --generation ${settings.generation}.`,
  );
}
const stackNamespace = new StackNamespace('namespace', { name: settings.namespace });
const declaredTrust = new Trust('trust', {
  namespace: stackNamespace.name,
  directory: settings.trustDirectory,
});

const everyPart = {
  namespace: stackNamespace.name,
  generation: settings.generation,
  sizes: sizes[settings.size],
  trust: declaredTrust,
  administrator: settings.administrator,
  ...(settings.storageClass !== undefined && { storageClass: settings.storageClass }),
};

const identityServerPart = new IdentityServer('identity-server', {
  ...everyPart,
  product: products.identityServer,
  image: settings.identityServerImage,
  administratorPassword: settings.identityServerPassword,
  storePassword: settings.storePassword,
  keystore: settings.identityServerKeystore,
});

const apiManagerPart = new ApiManager('api-manager', {
  ...everyPart,
  product: products.apiManager,
  image: settings.apiManagerImage,
  administratorPassword: settings.apiManagerPassword,
  storePassword: settings.storePassword,
  encryptionKey: settings.encryptionKey,
  keystore: settings.apiManagerKeystore,
});

const dcrServicePart = new DcrService('dcr-service', {
  ...everyPart,
  image: settings.dcrServiceImage,
  certificate: settings.dcrServiceCertificate,
  key: settings.dcrServiceKey,
  gatewayCertificateNames: settings.gatewayCertificateNames,
  gatewayCertificateIssuer: settings.gatewayCertificateIssuer,
  registerJwksUrl: settings.registerJwksUrl,
  revocation: settings.revocation,
  allowedPrivateNetworks: settings.allowedPrivateNetworks,
  identityServerPassword: settings.identityServerPassword,
  apiManagerPassword: settings.apiManagerPassword,
});

const registerPart =
  settings.registerImage !== undefined && settings.registerPkiDirectory !== undefined
    ? new Register('register', {
        ...everyPart,
        image: settings.registerImage,
        pki: readRegisterPki(settings.registerPkiDirectory),
      })
    : undefined;

// The stack's outputs, as outputs.ts declares them.
export const generation: StackOutputs['generation'] = settings.generation;
export const namespace = stackNamespace.name;
export const apiManager: StackOutputs['apiManager'] = {
  url: apiManagerPart.url,
  gatewayUrl: apiManagerPart.gatewayUrl,
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
    servers: [identityServerPart, apiManagerPart, dcrServicePart],
  });
}
