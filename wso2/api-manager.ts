import type { Credentials, Readiness, ServerAccess } from './access.ts';
import { type AdminClient, adminClient } from './admin/client.ts';
import { type DevPortalClient, devPortalClient } from './devportal/client.ts';
import { type GatewayClient, gatewayClient } from './gateway.ts';
import { openTransport, type Send } from './http.ts';
import { type PublisherClient, publisherClient } from './publisher/client.ts';
import { whetherOperational } from './readiness.ts';
import { absentAsNull, rest } from './rest.ts';
import { type Area, scopesByArea } from './scopes.ts';
import { basic, tokens } from './tokens.ts';

export interface ApiManagerOptions {
  /** The name of our own OAuth client there; registration is an upsert by this name, so keep it stable. Default `cdr_stack`. */
  clientName?: string | undefined;
  /** What the token is asked for. Default: all three. */
  areas?: readonly Area[] | undefined;
}

/** WSO2 API Manager's REST APIs, one token for all of them. */
export interface ApiManager {
  readonly url: string;
  readonly publisher: PublisherClient;
  readonly admin: AdminClient;
  readonly devportal: DevPortalClient;
  readonly gateway: GatewayClient;
  /** The product's version, such as `4.7.0`, or undefined where the version service is switched off. */
  version(): Promise<string | undefined>;
  /**
   * Whether provisioning can start: client registration, token, the portals' settings and the gateway answer. Asks each once; poll it.
   * @throws Wso2Error when waiting cannot help: untrusted certificate, wrong credentials, missing scope
   */
  isOperational(): Promise<Readiness>;
  /** Closes idle connections. */
  close(): void;
}

const everyArea: readonly Area[] = ['publisher', 'admin', 'devportal'];

/**
 * Prepares clients for API Manager; nothing is sent before the first call.
 * @throws TypeError when the address is not https or the CA bundle cannot be read
 */
export function connectApiManager(
  access: ServerAccess,
  credentials: Credentials,
  { clientName = 'cdr_stack', areas = everyArea }: ApiManagerOptions = {},
): ApiManager {
  const transport = openTransport('API Manager', access);
  const scopes = areas.flatMap((area) => scopesByArea[area]);
  const { bearing } = tokens(transport, credentials, { clientName, scopes });
  const open = rest(transport.send);
  const authorized = rest(bearing(transport.send));
  const gateway = gatewayClient(open, basic(transport, credentials.username, credentials.password));

  async function askOnce(): Promise<void> {
    const once = rest(bearing(onceOnly(transport.send)));
    for (const area of areas) await once.done({ method: 'GET', path: settingsPaths[area] });
  }

  return {
    url: transport.url,
    publisher: publisherClient(authorized),
    admin: adminClient(authorized),
    devportal: devPortalClient(authorized),
    gateway,
    async version() {
      const path = '/services/Version';
      const answer = await absentAsNull(open.text({ method: 'GET', path, accept: '*/*' }));
      return answer?.match(/\d+\.\d+\.\d+/)?.[0];
    },
    async isOperational() {
      const portals = await whetherOperational(askOnce);
      return portals.operational ? gateway.health() : portals;
    },
    close: transport.close,
  };
}

const settingsPaths: Record<Area, string> = {
  publisher: '/api/am/publisher/v4/settings',
  admin: '/api/am/admin/v4/settings',
  devportal: '/api/am/devportal/v3/key-managers',
};

function onceOnly(send: Send): Send {
  return (request) => send({ ...request, repetition: 'never' });
}
