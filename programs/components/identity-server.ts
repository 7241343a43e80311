import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { addresses } from '../addresses.ts';
import { identityServerToml } from '../deployment-toml/identity-server.ts';
import { secretEnvironment } from '../deployment-toml/stores.ts';
import type { Sizes } from '../pods/sizes.ts';
import type { GenerationName, Product } from '../products.ts';
import type { Trust } from './trust.ts';
import { createWso2Server } from './wso2-server.ts';

export interface IdentityServerArgs {
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
  /** PKCS#12, base64. */
  keystore: Output<string>;
}

/** WSO2 Identity Server: holds recipients' OAuth clients and issues their tokens. */
export class IdentityServer extends ComponentResource {
  readonly url = addresses.identityServer;
  readonly issuer = addresses.issuer;

  constructor(name: string, args: IdentityServerArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:IdentityServer', name, {}, options);
    const { administrator, administratorPassword, storePassword, product, ...server } = args;
    createWso2Server(this, {
      ...server,
      part: 'identity-server',
      product,
      size: args.sizes.identityServer,
      deploymentToml: identityServerToml({
        hostname: new URL(this.url).hostname,
        portOffset: 0,
        administrator,
        keystore: product.keystore,
        truststore: product.truststore,
        apiManagerUrl: addresses.apiManager,
      }),
      secrets: {
        [secretEnvironment.administratorPassword]: administratorPassword,
        [secretEnvironment.tlsKeystorePassword]: storePassword,
        [secretEnvironment.truststorePassword]: storePassword,
      },
      preparation: ['server.sh', 'stores.sh'],
    });
    this.registerOutputs({ url: this.url, issuer: this.issuer });
  }
}
