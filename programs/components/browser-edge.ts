import { CustomResource } from '@pulumi/kubernetes/apiextensions/index.js';
import { ConfigMap, Secret } from '@pulumi/kubernetes/core/v1/index.js';
import { Ingress } from '@pulumi/kubernetes/networking/v1/index.js';
import { type ComponentResource, type Input, interpolate, type Output } from '@pulumi/pulumi';
import type { EdgeSettings } from '../edge-settings.ts';
import { given } from '../given-setting.ts';
import { type EdgePath, patternOf } from '../hardening/edge-paths.ts';
import { partLabels } from '../pods/labels.ts';

/** What browsers reach: TLS ends at the edge, which lets some paths through and makes a connection of its own. */
export interface BrowserDoor {
  /** By which its objects are called. */
  name: string;
  /** The Service behind it, and the name in its certificate, which every stack needs. */
  part: 'api-manager' | 'identity-server';
  host: string;
  /** Of the controller that serves it, where that is no Gateway. */
  ingressClass: 'identityIngressClass' | 'portalIngressClass';
  /** Every other path is 404. */
  paths: readonly EdgePath[];
  /** By which a caller's session stays with one pod. */
  cookie: string;
}

export interface BrowserEdgeArgs {
  namespace: Input<string>;
  settings: EdgeSettings;
  /** CAs of which one issued the certificate of the part, PEM: the edge calls it by TLS. */
  authorities: Record<BrowserDoor['part'], string>;
}

export const gatewayApi = 'gateway.networking.k8s.io/v1';
const management = 9443;

/** None at all rather than an empty object: the API server drops that, and Pulumi would see a difference for ever. */
export const annotated = ({ edgeAnnotations }: EdgeSettings) =>
  Object.keys(edgeAnnotations).length > 0 ? { annotations: edgeAnnotations } : {};

export const attachedTo = (settings: EdgeSettings) => ({ parentRefs: [given(settings, 'edgeGateway')] });

/** Lets browsers in by a Gateway, or by an Ingress. */
export function admitBrowsers(parent: ComponentResource, door: BrowserDoor, args: BrowserEdgeArgs): void {
  if (args.settings.edge === 'gatewayApi') routeBrowsers(parent, door, args);
  else serveByIngress(parent, door, args);
}

/** TLS ends at the Gateway, whose listener has the certificate of the host, and begins anew to the server. */
function routeBrowsers(parent: ComponentResource, door: BrowserDoor, args: BrowserEdgeArgs) {
  const { name, part, host, paths } = door;
  const { namespace, settings, authorities } = args;
  const metadata = { namespace, labels: partLabels(part) };
  new CustomResource(
    name,
    {
      apiVersion: gatewayApi,
      kind: 'HTTPRoute',
      metadata: { ...metadata, name, ...annotated(settings) },
      spec: {
        ...attachedTo(settings),
        hostnames: [host],
        rules: [{ matches: paths.map(matchOf), backendRefs: [{ name: part, port: management }] }],
      },
    },
    { parent },
  );
  const trust = new ConfigMap(
    `${name}-trust`,
    { metadata, immutable: true, data: { 'ca.crt': authorities[part] } },
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
          hostname: part,
        },
      },
    },
    { parent },
  );
}

/** Regular expressions have anchors: whether they match whole paths is left to each implementation. */
function matchOf(path: EdgePath) {
  return path.beneath
    ? { path: { type: 'RegularExpression', value: `^${patternOf(path)}$` } }
    : { path: { type: 'Exact', value: path.path } };
}

/** The annotations are those of ingress-nginx: an Ingress itself knows neither affinity nor TLS to what is behind it. */
function serveByIngress(parent: ComponentResource, door: BrowserDoor, args: BrowserEdgeArgs) {
  const { name, part, host, paths, ingressClass } = door;
  const { namespace, settings, authorities } = args;
  const metadata = { namespace, labels: partLabels(part) };
  const trust = new Secret(
    `${name}-trust`,
    { metadata, immutable: true, type: 'Opaque', stringData: { 'ca.crt': authorities[part] } },
    { parent },
  );
  const backend = { service: { name: part, port: { number: management } } };
  new Ingress(
    name,
    {
      metadata: {
        ...metadata,
        name,
        annotations: { ...nginxAnnotations(door, namespace, trust.metadata.name), ...settings.edgeAnnotations },
      },
      spec: {
        ingressClassName: given(settings, ingressClass),
        tls: [{ hosts: [host] }],
        rules: [
          {
            host,
            http: {
              // ingress-nginx reads every path of a host as the beginning of one, once it reads one as a regular expression.
              paths: paths.map((path) => ({
                path: `${patternOf(path)}$`,
                pathType: 'ImplementationSpecific',
                backend,
              })),
            },
          },
        ],
      },
    },
    { parent },
  );
}

function nginxAnnotations({ part, cookie }: BrowserDoor, namespace: Input<string>, trust: Output<string>) {
  const of = (name: string) => `nginx.ingress.kubernetes.io/${name}`;
  return {
    [of('backend-protocol')]: 'HTTPS',
    [of('use-regex')]: 'true',
    [of('proxy-ssl-secret')]: interpolate`${namespace}/${trust}`,
    [of('proxy-ssl-verify')]: 'on',
    [of('proxy-ssl-name')]: part,
    [of('affinity')]: 'cookie',
    [of('session-cookie-name')]: cookie,
    [of('session-cookie-secure')]: 'true',
    [of('session-cookie-samesite')]: 'Lax',
    // The servers' headers are larger than nginx's default has room for.
    [of('proxy-buffer-size')]: '16k',
  };
}
