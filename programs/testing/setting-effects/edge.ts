import { sampleCertificates } from '../sample-certificates.ts';
import type { Effects } from './effect.ts';
import { dcrVariable, pods, toml } from './rendered-lines.ts';

const hosts = { gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
const portal = { portalHost: 'portal.holder.example' };
const apiManager = toml('api-manager');
const identityServer = toml('identity-server');
const issuer = (host: string) => [
  `${dcrVariable('DCR_ISSUER')} = https://${host}/oauth2/token`,
  `${pods('register')}.containers.register.command = * https://${host}/oauth2/token`,
  `outputs identityServer.issuer = https://${host}/oauth2/token`,
];
const registersAt = (host: string) =>
  `${identityServer}.oauth.endpoints.v2.oauth2_dcr_url = https://${host}/open-banking/0.2/register`;
/** What public names are wherever TLS ends. */
const publicHosts = [
  `${apiManager}.apim.gateway.environment.Default.https_endpoint = https://mtls.holder.example`,
  `${identityServer}.server.hostname = id.holder.example`,
  registersAt('mtls.holder.example'),
  `${identityServer}.transport.https.properties.proxyPort = 443`,
  ...issuer('id.holder.example'),
];
const publicPortal = [
  `${apiManager}.apim.devportal.url = https://portal.holder.example/devportal`,
  `${apiManager}.server.hostname = portal.holder.example`,
  `${apiManager}.transport.https.properties.proxyPort = 443`,
  'NetworkPolicy api-manager spec.ingress with {"ports":[{"port":9443,"protocol":"TCP"}]} = there',
];

const open9443 = 'spec.ingress with {"ports":[{"port":9443,"protocol":"TCP"}]}';
const from = (namespace: string) =>
  `spec.ingress with {"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"${namespace}"}}}],"ports":[{"port":9443,*} = there`;

/** What a host of recipients' own changes at any edge. */
const recipientHost = (host: string) => [
  `${identityServer}.oauth.mtls_aliases.hostname = ${host}`,
  `${identityServer}.oauth.endpoints.v2.oauth2_introspect_url = https://${host}/oauth2/introspect`,
  `${identityServer}.oauth.endpoints.v2.oauth2_revoke_url = https://${host}/oauth2/revoke`,
  `${identityServer}.oauth.endpoints.v2.oauth2_user_info_url = https://${host}/oauth2/userinfo`,
];
const hostsApart = [
  ...recipientHost('recipients.holder.example'),
  `${identityServer}.oauth.mtls_aliases.enabled = true`,
  `${identityServer}.custom_transport.x509.properties.* = *`,
  'Service identity-server spec.ports.recipients.* = *',
  'NetworkPolicy identity-server spec.ingress with {"ports":[{"port":9444,"protocol":"TCP"}]} = there',
];

/** How recipients, and people with a browser, come in. */
export const edgeEffects: Effects = {
  edge: [
    {
      value: 'loadBalancer',
      with: { ...hosts, ...portal, portalIngressClass: 'nginx' },
      changes: [
        '+ Ingress portals',
        '+ Secret portals-trust',
        '+ Service public-gateway',
        '+ Service public-identity-server',
        ...publicHosts,
        ...publicPortal,
      ],
    },
    {
      value: 'gatewayApi',
      with: { ...hosts, ...portal, edgeGateway: 'edge/public' },
      changes: [
        '+ BackendTLSPolicy portals-tls',
        '+ ConfigMap portals-trust',
        '+ HTTPRoute portals',
        '+ TLSRoute public-gateway',
        '+ TLSRoute public-identity-server',
        ...publicHosts,
        ...publicPortal,
      ],
    },
    {
      value: 'terminated',
      with: { ...hosts, edgeCertificate: sampleCertificates.other },
      changes: [
        '+ Service public-identity-server',
        'ConfigMap api-manager-configuration data.edge.pem = *',
        ...publicHosts,
      ],
    },
  ],
  gatewayHost: [
    {
      in: 'loadBalancer',
      value: 'other.holder.example',
      changes: [
        `${apiManager}.apim.gateway.environment.Default.https_endpoint = https://other.holder.example`,
        registersAt('other.holder.example'),
      ],
    },
    {
      in: 'gatewayApi',
      value: 'other.holder.example',
      changes: [
        `${apiManager}.apim.gateway.environment.Default.https_endpoint = https://other.holder.example`,
        registersAt('other.holder.example'),
        'TLSRoute public-gateway spec.hostnames = other.holder.example',
      ],
    },
  ],
  identityHost: [
    {
      in: 'loadBalancer',
      value: 'other.holder.example',
      changes: [`${identityServer}.server.hostname = other.holder.example`, ...issuer('other.holder.example')],
    },
    {
      in: 'gatewayApi',
      value: 'other.holder.example',
      changes: [
        'TLSRoute public-identity-server spec.hostnames = other.holder.example',
        `${identityServer}.server.hostname = other.holder.example`,
        ...issuer('other.holder.example'),
      ],
    },
  ],
  recipientHost: [
    {
      in: 'loadBalancer',
      value: 'recipients.holder.example',
      with: { identityIngressClass: 'public' },
      changes: [
        ...hostsApart,
        '+ Ingress login',
        '+ Secret login-trust',
        'Service public-identity-server spec.ports.https.targetPort = 9444',
      ],
    },
    {
      in: 'gatewayApi',
      value: 'recipients.holder.example',
      changes: [
        ...hostsApart,
        '+ BackendTLSPolicy login-tls',
        '+ ConfigMap login-trust',
        '+ HTTPRoute login',
        'TLSRoute public-identity-server spec.hostnames = recipients.holder.example',
        'TLSRoute public-identity-server spec.rules with {"backendRefs":[{"name":"identity-server","port":9443}]} gone',
        'TLSRoute public-identity-server spec.rules with {"backendRefs":[{"name":"identity-server","port":9444}]} = there',
      ],
    },
    {
      in: 'gatewayApi, hosts apart',
      value: 'other.holder.example',
      changes: [
        ...recipientHost('other.holder.example'),
        'TLSRoute public-identity-server spec.hostnames = other.holder.example',
      ],
    },
  ],
  identityIngressClass: [
    {
      in: 'loadBalancer, hosts apart',
      value: 'other',
      changes: ['Ingress login spec.ingressClassName = other'],
    },
  ],
  edgeNamespaces: [
    {
      in: 'gatewayApi, hosts apart',
      value: '["ingress"]',
      changes: ['api-manager', 'identity-server'].flatMap((part) => [
        `NetworkPolicy ${part} ${open9443} gone`,
        `NetworkPolicy ${part} ${from('ingress')}`,
      ]),
    },
  ],
  portalHost: [
    {
      in: 'loadBalancer',
      value: 'other.holder.example',
      changes: [
        `${apiManager}.apim.devportal.url = https://other.holder.example/devportal`,
        `${apiManager}.server.hostname = other.holder.example`,
        'Ingress portals spec.rules with {"host":"other.holder.example",*} = there',
        'Ingress portals spec.rules with {"host":"portal.holder.example",*} gone',
        'Ingress portals spec.tls with {"hosts":["other.holder.example"]} = there',
        'Ingress portals spec.tls with {"hosts":["portal.holder.example"]} gone',
      ],
    },
    {
      in: 'gatewayApi',
      value: 'other.holder.example',
      changes: [
        `${apiManager}.apim.devportal.url = https://other.holder.example/devportal`,
        `${apiManager}.server.hostname = other.holder.example`,
        'HTTPRoute portals spec.hostnames = other.holder.example',
      ],
    },
    {
      in: 'gatewayApi',
      value: '',
      changes: [
        '- BackendTLSPolicy portals-tls',
        '- ConfigMap portals-trust',
        '- HTTPRoute portals',
        `${apiManager}.apim.devportal.url gone`,
        `${apiManager}.server.hostname = api-manager`,
        `${apiManager}.transport.https.properties.proxyPort gone`,
        'NetworkPolicy api-manager spec.ingress with {"ports":[{"port":9443,"protocol":"TCP"}]} gone',
      ],
    },
    {
      in: 'terminated',
      value: 'portal.holder.example',
      with: { portalIngressClass: 'nginx' },
      changes: ['+ Ingress portals', '+ Secret portals-trust', ...publicPortal],
    },
  ],
  edgeGateway: [
    {
      in: 'gatewayApi',
      value: 'other/private',
      changes: ['HTTPRoute portals', 'TLSRoute public-gateway', 'TLSRoute public-identity-server'].flatMap((route) => [
        `${route} spec.parentRefs.private.namespace = other`,
        `${route} spec.parentRefs.public.* gone`,
      ]),
    },
  ],
  edgeAnnotations: [
    {
      in: 'loadBalancer',
      value: '["example.com/kind=nlb","example.com/empty="]',
      changes: ['Ingress portals', 'Service public-gateway', 'Service public-identity-server'].flatMap((object) => [
        `${object} metadata.annotations.example.com/kind = nlb`,
        `${object} metadata.annotations.example.com/empty = `,
      ]),
    },
    {
      in: 'gatewayApi',
      value: '["example.com/kind=nlb"]',
      changes: ['HTTPRoute portals', 'TLSRoute public-gateway', 'TLSRoute public-identity-server'].map(
        (object) => `${object} metadata.annotations.example.com/kind = nlb`,
      ),
    },
    {
      in: 'terminated',
      value: '["example.com/kind=nlb"]',
      changes: ['Service public-identity-server metadata.annotations.example.com/kind = nlb'],
    },
  ],
  edgeCertificate: [
    {
      in: 'terminated',
      value: sampleCertificates.platform,
      changes: [`ConfigMap api-manager-configuration data.edge.pem = ${sampleCertificates.platform.trim()}`],
    },
  ],
  portalIngressClass: [
    {
      in: 'loadBalancer',
      value: 'internal',
      changes: ['Ingress portals spec.ingressClassName = internal'],
    },
  ],
};
