import { z } from 'zod';
import {
  annotations,
  gatewayReference,
  hostName,
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
  portalHost: unlessEmpty(hostName),
  edgeGateway: unlessEmpty(gatewayReference),
  edgeAnnotations: annotations,
  edgeCertificate: unlessEmpty(pemCertificate('the edge')),
  portalIngressClass: optional,
};

const schema = z.object(edgeSettings);

/** The settings of the edge, checked. */
export type EdgeSettings = z.output<typeof schema>;

type Fault = readonly [key: keyof EdgeSettings, message: string];

/** What no single setting can know, each with what to do. */
export function edgeFaults(settings: EdgeSettings): Fault[] {
  const { edge, gatewayHost, identityHost, portalHost, edgeGateway, edgeCertificate, portalIngressClass } = settings;
  const away = edge === 'none' ? 'is set, but edge is none: say how it is reached, or leave it empty' : undefined;
  const hosts = { gatewayHost, identityHost, portalHost };
  const keys = ['gatewayHost', 'identityHost', 'portalHost'] as const;
  return [
    ...keys.flatMap((key): Fault[] => (away && hosts[key] !== undefined ? [[key, away]] : [])),
    ...(away && Object.keys(settings.edgeAnnotations).length > 0 ? ([['edgeAnnotations', away]] as const) : []),
    ...(away && portalIngressClass !== undefined ? ([['portalIngressClass', away]] as const) : []),
    ...(['gatewayHost', 'identityHost'] as const).flatMap((key): Fault[] =>
      edge !== 'none' && hosts[key] === undefined
        ? [[key, `is empty: name the host by which recipients reach it; or set edge to none`]]
        : [],
    ),
    ...keys.flatMap((key, index): Fault[] => {
      const other = keys.slice(0, index).find((earlier) => hosts[key] !== undefined && hosts[earlier] === hosts[key]);
      return other ? [[key, `is the same host as ${other}: TLS is told apart by host, so give each its own`]] : [];
    }),
    ...needed(edge === 'gatewayApi', 'edgeGateway', edgeGateway, 'gatewayApi', 'name the Gateway, as namespace/name'),
    ...needed(
      edge === 'terminated',
      'edgeCertificate',
      edgeCertificate,
      'terminated',
      'give the client certificate with which the edge calls the gateway: it alone may say whose certificate it was shown',
    ),
    ...(edge === 'gatewayApi' && portalIngressClass !== undefined
      ? ([
          ['portalIngressClass', 'is set, but edge is gatewayApi, whose Gateway serves the portals: leave it empty'],
        ] as const)
      : []),
    ...(portalHost !== undefined &&
    (edge === 'loadBalancer' || edge === 'terminated') &&
    portalIngressClass === undefined
      ? ([['portalIngressClass', 'is empty: name the IngressClass that serves portalHost']] as const)
      : []),
  ];
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
