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
import { Register } from './components/register.ts';
import { Trust } from './components/trust.ts';
import { readDeclaredTrust } from './declared-trust.ts';
import type { StackOutputs } from './outputs.ts';
import { sizes } from './pods/sizes.ts';
import { generations } from './products.ts';
import { readRegisterPki } from './register-pki.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const products = generations[settings.generation];
const stackNamespace = new StackNamespace('namespace', { name: settings.namespace });
const declaredTrust = new Trust('trust', {
  namespace: stackNamespace.name,
  declared: readDeclaredTrust(settings.trustDirectory),
});

const everyPart = {
  namespace: stackNamespace.name,
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
  allowedPrivateNetworks: settings.allowedPrivateNetworks,
  identityServerPassword: settings.identityServerPassword,
  apiManagerPassword: settings.apiManagerPassword,
});

if (settings.registerImage !== undefined && settings.registerPkiDirectory !== undefined) {
  new Register('register', {
    ...everyPart,
    image: settings.registerImage,
    pki: readRegisterPki(settings.registerPkiDirectory),
  });
}

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
export const trust: StackOutputs['trust'] = {
  // API Manager's certificate is the gateway's, which the standard wants from the CDR's CA.
  servers: declaredTrust.servers.bundle + declaredTrust.recipients.bundle,
  recipients: declaredTrust.recipients.bundle,
};
export const next: StackOutputs['next'] = 'npm run provision';
