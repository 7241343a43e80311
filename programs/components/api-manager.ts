import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import { addresses, apiManagerInstance, gatewayService } from '../addresses.ts';
import { type ApiManagerConfiguration, apiManagerToml } from '../deployment-toml/api-manager.ts';
import { eventPorts } from '../deployment-toml/event-duplication.ts';
import type { StackSecrets } from '../deployment-toml/own-secrets.ts';
import { clientKeyOptions, secretEnvironment } from '../deployment-toml/stores.ts';
import type { EdgeSettings } from '../edge-settings.ts';
import type { Sizes } from '../pods/sizes.ts';
import { type Product, recipientsTruststore, signingKeystore } from '../products.ts';
import { dataSourcesOf } from './database/connection.ts';
import type { Database } from './database/database.ts';
import { ownSecretsOf } from './own-secrets.ts';
import type { Keystore } from './server-certificates.ts';
import type { Trust } from './trust.ts';
import { createWso2Server, type ServerInstance, type Wso2Server } from './wso2-server.ts';

export interface ApiManagerArgs {
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
  /** The name of the Open Banking accelerator's key manager, where that is installed. */
  acceleratorKeyManager?: string;
  /** Where its state is, if not in embedded databases. */
  database?: Database;
  /** What must be there before it starts. */
  after?: readonly Resource[];
  /** How many there are; two need a database. */
  instances: number;
  /** What recipients and people call it by, and the edge's certificate, where an edge ends recipients' TLS. */
  edge: Pick<EdgeSettings, 'gatewayHost' | 'portalHost' | 'edgeCertificate'>;
  /** Whether the gateway asks at the handshake if a caller's certificate is revoked. */
  revocation: boolean;
  /** The key of the portals, of the gateway's listener and towards back ends. */
  keystore: Keystore;
  /** PKCS#12, base64: what it signs and encrypts with, if not with that key. */
  signingKeystore?: Output<string>;
}

/**
 * WSO2 API Manager, all in one: portals and gateway. Recipients reach the gateway; its listener trusts the CDR's CAs only.
 *
 * Of two the second starts, and is replaced, when the first is ready: both would make the same first rows of an empty database, and
 * one of them is always there to serve.
 */
export class ApiManager extends ComponentResource {
  readonly url = addresses.apiManager;
  readonly gatewayUrl = addresses.gateway;
  /** Of two, where each is. */
  readonly instances: readonly { url: string; gatewayUrl: string }[] | undefined;

  constructor(name: string, args: ApiManagerArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:ApiManager', name, {}, options);
    const { administrator, administratorPassword, stackSecrets, acceleratorKeyManager, ...others } = args;
    const { edge, instances, revocation, ...server } = others;
    const { product, database } = server;
    this.instances =
      instances === 1 ? undefined : [1, 2].map((number) => instanceAddresses(apiManagerInstance(number)));
    const configuration: ApiManagerConfiguration = {
      hostname: new URL(this.url).hostname,
      portOffset: 0,
      administrator,
      keystore: product.keystore,
      truststore: product.truststore,
      ...(server.signingKeystore && { signingKeystore: signingKeystore(product) }),
      ...(edge.gatewayHost !== undefined && { gatewayUrl: `https://${edge.gatewayHost}` }),
      ...(edge.portalHost !== undefined && { portalHost: edge.portalHost }),
      version: product.version,
      revocation,
      ...(acceleratorKeyManager !== undefined && { acceleratorKeyManager }),
      ...(database && { dataSources: dataSourcesOf(product, database.connection) }),
    };
    createWso2Server(this, {
      ...server,
      part: 'api-manager',
      size: args.sizes.apiManager,
      ...(instances === 1 ? single(configuration) : pair(configuration, product)),
      ...(edge.edgeCertificate !== undefined && { configurationFiles: { 'edge.pem': edge.edgeCertificate } }),
      secrets: {
        [secretEnvironment.administratorPassword]: administratorPassword,
        ...ownSecretsOf('api-manager', product, stackSecrets),
      },
      preparation: [
        'api-manager.sh',
        'server.sh',
        'stores.sh',
        'api-template.sh',
        'failure-sequences.sh',
        'gone-client.sh',
        'listener-profile.sh',
      ],
      preparationEnvironment: {
        RECIPIENTS_TRUSTSTORE: recipientsTruststore(product).fileName,
        DCR_SERVICE_URL: addresses.dcrService,
      },
      javaOptions: [`@${product.home}/${clientKeyOptions}`],
    });
    this.registerOutputs({ url: this.url, gatewayUrl: this.gatewayUrl });
  }
}

/** The same ports by another name. */
function instanceAddresses(host: string): { url: string; gatewayUrl: string } {
  const at = (address: string) => `https://${host}:${new URL(address).port}`;
  return { url: at(addresses.apiManager), gatewayUrl: at(addresses.gateway) };
}

function single(configuration: ApiManagerConfiguration): Pick<Wso2Server, 'instances'> {
  return { instances: [{ deploymentToml: apiManagerToml(configuration) }] };
}

function pair(configuration: ApiManagerConfiguration, { ports }: Product): Pick<Wso2Server, 'instances' | 'services'> {
  const instanceOf = (own: number, other: number): ServerInstance => ({
    name: apiManagerInstance(own),
    deploymentToml: apiManagerToml({
      ...configuration,
      instances: {
        own: { host: apiManagerInstance(own), portOffset: 0 },
        other: { host: apiManagerInstance(other), portOffset: 0 },
      },
    }),
  });
  const { management: _, ...traffic } = ports;
  const first = instanceOf(1, 2);
  const second = instanceOf(2, 1);
  return {
    instances: [first, second],
    services: [
      // Portals keep sessions in memory, and a change written through one instance is visible there first.
      { name: 'api-manager', ports, sticky: true },
      { name: gatewayService, ports: traffic },
      // An instance receives events, its own included, before it is ready; it becomes ready when it has processed them.
      ...[first, second].map(({ name = '' }) => ({
        name,
        instance: name,
        unready: true,
        ports: {
          ...ports,
          'amqp-events': eventPorts.broker,
          'tcp-events': eventPorts.receiver,
          'tls-events': eventPorts.receiverTls,
        },
      })),
    ],
  };
}
