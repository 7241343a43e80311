import { CustomResource } from '@pulumi/kubernetes/apiextensions/index.js';
import { Service } from '@pulumi/kubernetes/core/v1/index.js';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import { gatewayService } from '../addresses.ts';
import type { AvailabilitySettings } from '../availability-settings.ts';
import { recipientsPort } from '../deployment-toml/recipients-listener.ts';
import { type EdgeSettings, endsTls } from '../edge-settings.ts';
import { given } from '../given-setting.ts';
import { edgePaths } from '../hardening/edge-paths.ts';
import { type Part, partLabels, selectorLabels } from '../pods/labels.ts';
import type { Sizes } from '../pods/sizes.ts';
import type { Generation } from '../products.ts';
import {
  admitBrowsers,
  annotated,
  attachedTo,
  type BrowserDoor,
  type BrowserEdgeArgs,
  gatewayApi,
} from './browser-edge.ts';

export interface EdgeArgs extends BrowserEdgeArgs {
  sizes: Sizes;
  products: Pick<Generation, 'apiManager' | 'identityServer'>;
  settings: EdgeSettings & AvailabilitySettings;
  /** The servers: a load balancer has no address for pods that are not there. */
  servers: Resource[];
}

/** What is reached from outside by TLS that ends at the server itself. */
interface Entrance {
  name: string;
  part: Part;
  host: string;
  /** The Service behind it, which has the same port as the pods. */
  service: string;
  port: number;
  /** Whether a caller comes to the same pod again. */
  sticky?: boolean;
}

const management = 9443;

/**
 * The ways into a stack. Recipients' TLS ends at the gateway and at Identity Server, whose listeners ask for their certificates:
 * the edge passes it through. Browsers have separate hosts, which request no certificate, and whose TLS ends at the edge.
 */
export class Edge extends ComponentResource {
  constructor(name: string, args: EdgeArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Edge', name, {}, options);
    for (const entrance of entrances(args.settings)) {
      if (args.settings.edge === 'gatewayApi') passThrough(this, entrance, args);
      else balance(this, entrance, args);
    }
    for (const door of browserDoors(args)) admitBrowsers(this, door, args);
    this.registerOutputs({});
  }
}

function browserDoors({ settings, products }: EdgeArgs): BrowserDoor[] {
  const doors = [
    {
      setting: 'identityHost',
      name: 'login',
      part: 'identity-server',
      ingressClass: 'identityIngressClass',
      paths: edgePaths('identityHost', products.identityServer.version),
      cookie: 'cdr-stack-login',
    },
    {
      setting: 'portalHost',
      name: 'portals',
      part: 'api-manager',
      ingressClass: 'portalIngressClass',
      paths: edgePaths('portalHost', products.apiManager.version),
      cookie: 'cdr-stack-portal',
    },
  ] as const;
  return doors
    .filter(({ setting }) => endsTls(settings, setting))
    .map(({ setting, ...door }) => ({ ...door, host: given(settings, setting) }));
}

/**
 * An edge that ends recipients' TLS is not part of the stack, and calls the gateway by its Service. TLS for Identity Server is passed
 * through even then: it would trust a certificate in a header from any caller that reaches it directly.
 */
function entrances(settings: EdgeArgs['settings']): Entrance[] {
  const { edge, recipientHost, apiManagerInstances, identityServerReplicas } = settings;
  const gateway: Entrance = {
    name: 'public-gateway',
    part: 'api-manager',
    host: given(settings, 'gatewayHost'),
    service: apiManagerInstances > 1 ? gatewayService : 'api-manager',
    port: 8243,
  };
  const identity: Entrance = {
    name: 'public-identity-server',
    part: 'identity-server',
    host: recipientHost ?? given(settings, 'identityHost'),
    service: 'identity-server',
    port: recipientHost === undefined ? management : recipientsPort,
    sticky: identityServerReplicas > 1,
  };
  return edge === 'terminated' ? [identity] : [gateway, identity];
}

/** A load balancer at layer 4. `Local` keeps the caller's address, and sends nothing by way of a node without a pod. */
function balance(
  parent: ComponentResource,
  { name, part, port, sticky }: Entrance,
  { namespace, settings, sizes, servers }: EdgeArgs,
) {
  new Service(
    name,
    {
      metadata: {
        name,
        namespace,
        labels: partLabels(part),
        annotations: { ...settings.edgeAnnotations, 'pulumi.com/timeoutSeconds': `${sizes.startupSeconds + 300}` },
      },
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        ...(sticky && { sessionAffinity: 'ClientIP' }),
        selector: selectorLabels(part),
        ports: [{ name: 'https', port: 443, targetPort: port, protocol: 'TCP' }],
      },
    },
    { parent, dependsOn: servers },
  );
}

/** By the name in the handshake, without a look into it. TLSRoute is in the standard channel since Gateway API 1.5. */
function passThrough(parent: ComponentResource, { name, part, host, service, port }: Entrance, args: EdgeArgs) {
  const { namespace } = args;
  new CustomResource(
    name,
    {
      apiVersion: gatewayApi,
      kind: 'TLSRoute',
      metadata: { name, namespace, labels: partLabels(part), ...annotated(args.settings) },
      spec: { ...attachedTo(args.settings), hostnames: [host], rules: [{ backendRefs: [{ name: service, port }] }] },
    },
    { parent },
  );
}
