import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import { addresses } from '../addresses.ts';
import { apiManagerToml } from '../deployment-toml/api-manager.ts';
import { secretEnvironment } from '../deployment-toml/stores.ts';
import type { EdgeSettings } from '../edge-settings.ts';
import type { Sizes } from '../pods/sizes.ts';
import { type GenerationName, type Product, recipientsTruststore, signingKeystore } from '../products.ts';
import { dataSourcesOf } from './database/connection.ts';
import type { Database } from './database/database.ts';
import type { Keystore } from './server-certificates.ts';
import type { Trust } from './trust.ts';
import { createWso2Server } from './wso2-server.ts';

export interface ApiManagerArgs {
  namespace: Input<string>;
  /** Of the pair of servers. */
  generation: GenerationName;
  product: Product;
  image: string;
  sizes: Sizes;
  storageClass?: string;
  trust: Trust;
  administrator: string;
  administratorPassword: Output<string>;
  storePassword: Output<string>;
  /** 64 hexadecimal digits; of the generations that have it. */
  encryptionKey?: Output<string>;
  /** The name of the Open Banking accelerator's key manager, where that is installed. */
  acceleratorKeyManager?: string;
  /** Where its state is, if not in embedded databases. */
  database?: Database;
  /** What must be there before it starts. */
  after?: readonly Resource[];
  /** What recipients and people call it by, and the edge's certificate, where an edge ends recipients' TLS. */
  edge: Pick<EdgeSettings, 'gatewayHost' | 'portalHost' | 'edgeCertificate'>;
  /** The key of the portals, of the gateway's listener and towards back ends. */
  keystore: Keystore;
  /** PKCS#12, base64: what it signs and encrypts with, if not with that key. */
  signingKeystore?: Output<string>;
}

/** WSO2 API Manager, all in one: portals and gateway. Recipients reach the gateway; its listener trusts the CDR's CAs only. */
export class ApiManager extends ComponentResource {
  readonly url = addresses.apiManager;
  readonly gatewayUrl = addresses.gateway;

  constructor(name: string, args: ApiManagerArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:ApiManager', name, {}, options);
    const { administrator, administratorPassword, encryptionKey, acceleratorKeyManager, edge, ...server } = args;
    const { product, database } = server;
    createWso2Server(this, {
      ...server,
      part: 'api-manager',
      size: args.sizes.apiManager,
      deploymentToml: apiManagerToml({
        hostname: new URL(this.url).hostname,
        portOffset: 0,
        administrator,
        keystore: product.keystore,
        truststore: product.truststore,
        ...(server.signingKeystore && { signingKeystore: signingKeystore(product) }),
        ...(edge.gatewayHost !== undefined && { gatewayUrl: `https://${edge.gatewayHost}` }),
        ...(edge.portalHost !== undefined && { portalHost: edge.portalHost }),
        encryptionKey: encryptionKey !== undefined,
        ...(acceleratorKeyManager !== undefined && { acceleratorKeyManager }),
        ...(database && { dataSources: dataSourcesOf(product, database.connection) }),
      }),
      ...(edge.edgeCertificate !== undefined && { configurationFiles: { 'edge.pem': edge.edgeCertificate } }),
      secrets: {
        [secretEnvironment.administratorPassword]: administratorPassword,
        ...(encryptionKey && { [secretEnvironment.encryptionKey]: encryptionKey }),
      },
      preparation: ['api-manager.sh', 'server.sh', 'stores.sh', 'api-template.sh', 'listener-profile.sh'],
      preparationEnvironment: { RECIPIENTS_TRUSTSTORE: recipientsTruststore(product).fileName },
    });
    this.registerOutputs({ url: this.url, gatewayUrl: this.gatewayUrl });
  }
}
