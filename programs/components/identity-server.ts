import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import { addresses } from '../addresses.ts';
import { revocationListFile } from '../deployment-toml/handshake-revocation.ts';
import { identityServerToml } from '../deployment-toml/identity-server.ts';
import type { StackSecrets } from '../deployment-toml/own-secrets.ts';
import { recipientsPort } from '../deployment-toml/recipients-listener.ts';
import { secretEnvironment } from '../deployment-toml/stores.ts';
import type { Sizes } from '../pods/sizes.ts';
import { type Product, recipientsTruststore, signingKeystore } from '../products.ts';
import { isCluster } from './cluster-membership.ts';
import { dataSourcesOf } from './database/connection.ts';
import type { Database } from './database/database.ts';
import { ownSecretsOf } from './own-secrets.ts';
import type { Keystore } from './server-certificates.ts';
import type { Trust } from './trust.ts';
import { createWso2Server } from './wso2-server.ts';

export interface IdentityServerArgs {
  namespace: Input<string>;
  product: Product;
  image: string;
  sizes: Sizes;
  storageClass?: string;
  trust: Trust;
  administrator: string;
  administratorPassword: Output<string>;
  storePassword: Output<string>;
  stackSecrets: Output<StackSecrets>;
  /** Where recipients register. */
  registrationUrl: string;
  keystore: Keystore;
  /** PKCS#12, base64: what it signs tokens with, if not with the key of its TLS. */
  signingKeystore?: Output<string>;
  /** The host that recipients and browsers call, where an edge stands before it. */
  publicHost?: string;
  /** That of recipients alone, with a listener of its own: `publicHost` is for browsers then. */
  recipientHost?: string;
  /** Revocation lists of recipients' CAs, PEM; its listeners refuse who is in them. */
  revocationLists?: string;
  /** The `iss` of its tokens. */
  issuer: string;
  /** Whether the Open Banking accelerator is installed. */
  accelerator: boolean;
  /** Pods side by side; more than one need a database. */
  replicas: number;
  /** Where its state is, if not in embedded databases. */
  database?: Database;
  /** What must be there before it starts. */
  after?: readonly Resource[];
}

/** WSO2 Identity Server: holds recipients' OAuth clients and issues their tokens. */
export class IdentityServer extends ComponentResource {
  readonly url = addresses.identityServer;
  readonly issuer: string;

  constructor(name: string, args: IdentityServerArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:IdentityServer', name, {}, options);
    const { administrator, administratorPassword, stackSecrets, registrationUrl, ...others } = args;
    const { accelerator, issuer, publicHost, recipientHost, revocationLists, ...server } = others;
    const recipients = recipientHost === undefined ? {} : { recipients: recipientsPort };
    const part = 'identity-server';
    const cluster = isCluster(server);
    this.issuer = issuer;
    const { product, database } = server;
    createWso2Server(this, {
      ...server,
      part,
      size: args.sizes.identityServer,
      // Who signs in is passed from page to page, whose state one replica has first.
      services: [{ name: part, ports: { ...product.ports, ...recipients }, sticky: cluster }],
      instances: [
        {
          deploymentToml: identityServerToml({
            hostname: new URL(this.url).hostname,
            portOffset: 0,
            administrator,
            version: product.version,
            registrationUrl,
            keystore: product.keystore,
            truststore: product.truststore,
            ...(server.signingKeystore && { signingKeystore: signingKeystore(product) }),
            apiManagerUrl: addresses.apiManager,
            accelerator,
            ...(publicHost !== undefined && { publicHost }),
            ...(recipientHost !== undefined && { recipientHost }),
            revocationLists: revocationLists !== undefined,
            ...(database && { dataSources: dataSourcesOf(product, database.connection) }),
            ...(cluster && { clusterService: part }),
          }),
        },
      ],
      secrets: {
        [secretEnvironment.administratorPassword]: administratorPassword,
        ...ownSecretsOf(part, product, stackSecrets),
      },
      ...(revocationLists !== undefined && { configurationFiles: { [revocationListFile]: revocationLists } }),
      preparation: ['server.sh', 'stores.sh'],
      preparationEnvironment: { RECIPIENTS_TRUSTSTORE: recipientsTruststore(product).fileName },
    });
    this.registerOutputs({ url: this.url, issuer: this.issuer });
  }
}
