import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { addresses } from '../addresses.ts';
import { apiManagerToml } from '../deployment-toml/api-manager.ts';
import { secretEnvironment } from '../deployment-toml/stores.ts';
import type { Sizes } from '../pods/sizes.ts';
import { type GenerationName, type Product, recipientsTruststore } from '../products.ts';
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
  /** 64 hexadecimal digits. */
  encryptionKey: Output<string>;
  /** PKCS#12, base64: the key of the portals, of the gateway's listener and towards back ends. */
  keystore: Output<string>;
}

/** WSO2 API Manager, all in one: portals and gateway. Recipients reach the gateway; its listener trusts the CDR's CAs only. */
export class ApiManager extends ComponentResource {
  readonly url = addresses.apiManager;
  readonly gatewayUrl = addresses.gateway;

  constructor(name: string, args: ApiManagerArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:ApiManager', name, {}, options);
    const { administrator, administratorPassword, storePassword, encryptionKey, product, ...server } = args;
    createWso2Server(this, {
      ...server,
      part: 'api-manager',
      product,
      size: args.sizes.apiManager,
      deploymentToml: apiManagerToml({
        hostname: new URL(this.url).hostname,
        portOffset: 0,
        administrator,
        keystore: product.keystore,
        truststore: product.truststore,
      }),
      secrets: {
        [secretEnvironment.administratorPassword]: administratorPassword,
        [secretEnvironment.encryptionKey]: encryptionKey,
        [secretEnvironment.tlsKeystorePassword]: storePassword,
        [secretEnvironment.truststorePassword]: storePassword,
      },
      preparation: ['api-manager.sh', 'server.sh', 'stores.sh', 'api-template.sh', 'listener-profile.sh'],
      preparationEnvironment: { RECIPIENTS_TRUSTSTORE: recipientsTruststore(product).fileName },
    });
    this.registerOutputs({ url: this.url, gatewayUrl: this.gatewayUrl });
  }
}
