import type { ServerHome } from '../server-home.ts';

export interface Vhost {
  /** Nothing where the environment has no endpoint that it could be the host of. */
  host: string | null;
  httpContext: string;
  httpPort: number;
  httpsPort: number;
  wsPort: number;
  wsHost: string;
  wssPort: number;
  wssHost: string;
  websubHttpPort: number;
  websubHttpsPort: number;
}

/** A gateway environment as `[[apim.gateway.environment]]` declares it. */
export interface Environment {
  id: string;
  name: string;
  displayName: string;
  type: string;
  gatewayType: string;
  mode: string;
  serverUrl: string;
  provider: string;
  showInApiConsole: boolean;
  vhosts: Vhost[];
  endpointURIs: never[];
  additionalProperties: never[];
  permissions: { permissionType: string; roles: never[] };
}

export type Environments = readonly Environment[];

interface Declared {
  name: string;
  display_name?: string;
  type?: string;
  provider?: string;
  service_url?: string;
  http_endpoint?: string;
  https_endpoint?: string;
}

/**
 * The environments of deployment.toml; each has one virtual host, that of its `https_endpoint`. Without that one nothing is put in
 * its place: api-manager.xml gets an empty `<GatewayEndpoint>`, and the virtual host made of it has no host, so that nothing can be
 * deployed there (carbon-apimgt: api-manager.xml.j2, Environment.setEndpointsAsVhost, VHost.fromEndpointUrls).
 */
export function readEnvironments(home: ServerHome, managementUrl: string): Environments {
  const declared = home.required<Declared[]>('apim.gateway.environment');
  return declared.map((environment) => {
    const https = environment.https_endpoint === undefined ? undefined : new URL(environment.https_endpoint);
    return {
      id: environment.name,
      name: environment.name,
      displayName: environment.display_name ?? environment.name,
      type: environment.type ?? 'hybrid',
      gatewayType: 'Regular',
      mode: 'WRITE_ONLY',
      serverUrl: environment.service_url ?? `${managementUrl}/services/`,
      provider: environment.provider ?? 'wso2',
      showInApiConsole: true,
      vhosts: [
        {
          host: https?.hostname ?? null,
          httpContext: https?.pathname.replace(/^\/|\/$/g, '') ?? '',
          httpPort: portOf(new URL(environment.http_endpoint ?? 'http://localhost:8280'), 80),
          httpsPort: https === undefined ? 443 : portOf(https, 443),
          wsPort: 9099,
          wsHost: 'localhost',
          wssPort: 8099,
          wssHost: 'localhost',
          websubHttpPort: 9021,
          websubHttpsPort: 8021,
        },
      ],
      endpointURIs: [],
      additionalProperties: [],
      permissions: { permissionType: 'PUBLIC', roles: [] },
    };
  });
}

const portOf = (url: URL, otherwise: number) => (url.port === '' ? otherwise : Number(url.port));
