import { z } from 'zod';
import { hasRecipientsListener } from './deployment-toml/recipients-listener.ts';
import { type GenerationName, generations } from './products.ts';
import {
  annotations,
  gatewayReference,
  hostName,
  listOf,
  namespaceName,
  oneOf,
  optional,
  pemCertificate,
  unlessEmpty,
} from './setting-types.ts';

/** How recipients, and people with a browser, reach a stack. */
export const edgeSettings = {
  edge: oneOf(['none', 'loadBalancer', 'gatewayApi', 'terminated']),
  gatewayHost: unlessEmpty(hostName),
  identityHost: unlessEmpty(hostName),
  recipientHost: unlessEmpty(hostName),
  portalHost: unlessEmpty(hostName),
  edgeGateway: unlessEmpty(gatewayReference),
  edgeAnnotations: annotations,
  edgeCertificate: unlessEmpty(pemCertificate('the edge')),
  identityIngressClass: optional,
  portalIngressClass: optional,
  edgeNamespaces: listOf(namespaceName, 'give names of namespaces, or []'),
};

const schema = z.object(edgeSettings);

/** The settings of the edge, checked. */
export type EdgeSettings = z.output<typeof schema>;

type Fault = readonly [key: keyof EdgeSettings, message: string];

const hostKeys = ['gatewayHost', 'identityHost', 'recipientHost', 'portalHost'] as const;

/** Hosts whose TLS ends at the edge, each with the setting of the IngressClass that serves it where the edge is no Gateway. */
const browserHosts = [
  ['identityHost', 'identityIngressClass'],
  ['portalHost', 'portalIngressClass'],
] as const;

/** Whether TLS of one of the hosts ends at the edge, which then looks at paths: browsers' hosts, apart from that of recipients. */
export function endsTls(settings: EdgeSettings, host: 'identityHost' | 'portalHost'): boolean {
  return settings[host] !== undefined && (host === 'portalHost' || settings.recipientHost !== undefined);
}

/** What no single setting can know, each with what to do. */
export function edgeFaults(settings: EdgeSettings & { generation: GenerationName }): Fault[] {
  const { edge, edgeGateway, edgeCertificate, edgeNamespaces, recipientHost, generation } = settings;
  if (edge === 'none') return faultsWithoutEdge(settings);
  const { version } = generations[generation].identityServer;
  const endsAny = browserHosts.some(([host]) => endsTls(settings, host));
  return [
    ...(['gatewayHost', 'identityHost'] as const).flatMap((key): Fault[] =>
      settings[key] === undefined
        ? [[key, 'is empty: name the host by which recipients reach it; or set edge to none']]
        : [],
    ),
    ...hostKeys.flatMap((key, index): Fault[] => {
      const same = (earlier: (typeof hostKeys)[number]) => settings[earlier] === settings[key];
      const other = settings[key] === undefined ? undefined : hostKeys.slice(0, index).find(same);
      return other
        ? [[key, `is the same host as ${other}: TLS connections are routed by host name, so give each its own`]]
        : [];
    }),
    ...faultIf(
      recipientHost !== undefined && !hasRecipientsListener(version),
      'recipientHost',
      `is set, but Identity Server ${version} cannot name it in its discovery document: leave it empty`,
    ),
    ...needed(edge === 'gatewayApi', 'edgeGateway', edgeGateway, 'gatewayApi', 'name the Gateway, as namespace/name'),
    ...needed(
      edge === 'terminated',
      'edgeCertificate',
      edgeCertificate,
      'terminated',
      'give the client certificate with which the edge calls the gateway: it alone may say whose certificate it was shown',
    ),
    ...browserHosts.flatMap(([host, key]) => ingressClassFaults(settings, host, key)),
    ...faultIf(
      edgeNamespaces.length > 0 && !endsAny,
      'edgeNamespaces',
      'is set, but no TLS ends at the edge without recipientHost or portalHost: set []',
    ),
  ];
}

function faultsWithoutEdge(settings: EdgeSettings): Fault[] {
  const given: Partial<Record<keyof EdgeSettings, boolean>> = {
    ...Object.fromEntries(hostKeys.map((key) => [key, settings[key] !== undefined])),
    edgeAnnotations: Object.keys(settings.edgeAnnotations).length > 0,
    identityIngressClass: settings.identityIngressClass !== undefined,
    portalIngressClass: settings.portalIngressClass !== undefined,
    edgeNamespaces: settings.edgeNamespaces.length > 0,
  };
  return [
    ...(Object.keys(given) as (keyof EdgeSettings)[]).flatMap((key) =>
      faultIf(given[key] === true, key, 'is set, but edge is "none": say how it is reached, or leave it empty'),
    ),
    ...needed(false, 'edgeGateway', settings.edgeGateway, 'gatewayApi', ''),
    ...needed(false, 'edgeCertificate', settings.edgeCertificate, 'terminated', ''),
  ];
}

function ingressClassFaults(
  settings: EdgeSettings,
  host: 'identityHost' | 'portalHost',
  key: 'identityIngressClass' | 'portalIngressClass',
): Fault[] {
  const isSet = settings[key] !== undefined;
  if (settings.edge === 'gatewayApi')
    return faultIf(isSet, key, `is set, but edge is gatewayApi, whose Gateway serves ${host}: leave it empty`);
  if (endsTls(settings, host)) return faultIf(!isSet, key, `is empty: name the IngressClass that serves ${host}`);
  return faultIf(isSet, key, `is set, but no Ingress serves ${host}${withoutRecipientHost[host]}: leave it empty`);
}

const withoutRecipientHost = { identityHost: ' without recipientHost', portalHost: '' };

function faultIf(wrong: boolean, key: keyof EdgeSettings, message: string): Fault[] {
  return wrong ? [[key, message]] : [];
}

function needed(
  here: boolean,
  key: keyof EdgeSettings,
  value: string | object | undefined,
  edge: EdgeSettings['edge'],
  remedy: string,
): Fault[] {
  if (here) return value === undefined ? [[key, `is empty: ${remedy}`]] : [];
  return value === undefined ? [] : [[key, `is set, but only edge ${edge} uses it: leave it empty`]];
}
