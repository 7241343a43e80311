import { CustomResource } from '@pulumi/kubernetes/apiextensions/index.js';
import { ConfigMap, Secret, Service } from '@pulumi/kubernetes/core/v1/index.js';
import { Ingress } from '@pulumi/kubernetes/networking/v1/index.js';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import { gatewayService } from '../addresses.ts';
import type { AvailabilitySettings } from '../availability-settings.ts';
import type { EdgeSettings } from '../edge-settings.ts';
import { given } from '../given-setting.ts';
import { type Part, partLabels, selectorLabels } from '../pods/labels.ts';
import type { Sizes } from '../pods/sizes.ts';

export interface EdgeArgs {
  namespace: Input<string>;
  sizes: Sizes;
  settings: EdgeSettings & AvailabilitySettings;
  /** CAs of which one issued API Manager's certificate, PEM: who serves the portals calls it by TLS. */
  authorities: string;
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
const gatewayApi = 'gateway.networking.k8s.io/v1';
/** By which the portals' session stays with one API Manager. */
const sessionCookie = 'cdr-stack-portal';

/**
 * The ways into a stack. Recipients' TLS ends at the gateway and at Identity Server, whose listeners ask for their certificates:
 * what is here passes it through. Portals are for browsers, and their TLS ends at the edge, which makes a connection of its own.
 */
export class Edge extends ComponentResource {
  constructor(name: string, args: EdgeArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Edge', name, {}, options);
    const { edge, portalHost } = args.settings;
    for (const entrance of entrances(args.settings)) {
      if (edge === 'gatewayApi') passThrough(this, entrance, args);
      else balance(this, entrance, args);
    }
    if (portalHost !== undefined) {
      if (edge === 'gatewayApi') routePortals(this, portalHost, args);
      else admitToPortals(this, portalHost, args);
    }
    this.registerOutputs({});
  }
}

/**
 * An edge that ends recipients' TLS is somebody else's, and calls the gateway by its Service. Identity Server is passed through
 * even then: from a caller that reaches it directly it would believe a certificate in a header.
 */
function entrances(settings: EdgeArgs['settings']): Entrance[] {
  const { edge, apiManagerInstances, identityServerReplicas } = settings;
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
    host: given(settings, 'identityHost'),
    service: 'identity-server',
    port: management,
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

/** None at all rather than an empty object: the API server drops that, and Pulumi would see a difference for ever. */
const annotated = ({ edgeAnnotations }: EdgeSettings) =>
  Object.keys(edgeAnnotations).length > 0 ? { annotations: edgeAnnotations } : {};

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

/** TLS ends at the Gateway, whose listener has the certificate of the portals' host, and begins anew to API Manager. */
function routePortals(parent: ComponentResource, host: string, { namespace, settings, authorities }: EdgeArgs) {
  const part = 'api-manager';
  const metadata = { namespace, labels: partLabels(part) };
  const name = 'portals';
  new CustomResource(
    name,
    {
      apiVersion: gatewayApi,
      kind: 'HTTPRoute',
      metadata: { ...metadata, name, ...annotated(settings) },
      spec: {
        ...attachedTo(settings),
        hostnames: [host],
        rules: [{ backendRefs: [{ name: part, port: management }] }],
      },
    },
    { parent },
  );
  const trust = new ConfigMap(
    `${name}-trust`,
    { metadata, immutable: true, data: { 'ca.crt': authorities } },
    { parent },
  );
  new CustomResource(
    `${name}-tls`,
    {
      apiVersion: gatewayApi,
      kind: 'BackendTLSPolicy',
      metadata: { ...metadata, name },
      spec: {
        targetRefs: [{ group: '', kind: 'Service', name: part, sectionName: 'management' }],
        validation: {
          caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: trust.metadata.name }],
          // The name in API Manager's certificate, which every stack needs.
          hostname: part,
        },
      },
    },
    { parent },
  );
}

/** The annotations are those of ingress-nginx: an Ingress itself knows neither affinity nor TLS to what is behind it. */
function admitToPortals(parent: ComponentResource, host: string, { namespace, settings, authorities }: EdgeArgs) {
  const part = 'api-manager';
  const metadata = { namespace, labels: partLabels(part) };
  const name = 'portals';
  const trust = new Secret(
    `${name}-trust`,
    { metadata, immutable: true, type: 'Opaque', stringData: { 'ca.crt': authorities } },
    { parent },
  );
  new Ingress(
    name,
    {
      metadata: {
        ...metadata,
        name,
        annotations: { ...nginxAnnotations(namespace, trust.metadata.name), ...settings.edgeAnnotations },
      },
      spec: {
        ingressClassName: given(settings, 'portalIngressClass'),
        tls: [{ hosts: [host] }],
        rules: [
          {
            host,
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name: part, port: { number: management } } } },
              ],
            },
          },
        ],
      },
    },
    { parent },
  );
}

function nginxAnnotations(namespace: Input<string>, trust: Output<string>): Record<string, Input<string>> {
  const of = (name: string) => `nginx.ingress.kubernetes.io/${name}`;
  return {
    [of('backend-protocol')]: 'HTTPS',
    [of('proxy-ssl-secret')]: interpolate`${namespace}/${trust}`,
    [of('proxy-ssl-verify')]: 'on',
    [of('proxy-ssl-name')]: 'api-manager',
    [of('affinity')]: 'cookie',
    [of('session-cookie-name')]: sessionCookie,
    [of('session-cookie-secure')]: 'true',
    [of('session-cookie-samesite')]: 'Lax',
    // API Manager's headers are larger than nginx's default has room for.
    [of('proxy-buffer-size')]: '16k',
  };
}

function attachedTo(settings: EdgeSettings) {
  return { parentRefs: [given(settings, 'edgeGateway')] };
}
