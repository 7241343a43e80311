import type { Credentials, Readiness, ServerAccess } from './access.ts';
import { type AdminClient, adminClient } from './admin/client.ts';
import { type DevPortalClient, devPortalClient } from './devportal/client.ts';
import { type GatewayClient, gatewayClient } from './gateway.ts';
import { bounded, openTransport, type Send } from './http.ts';
import { type PublisherClient, publisherClient } from './publisher/client.ts';
import { whetherOperational } from './readiness.ts';
import { rememberReads } from './remembered-reads.ts';
import { absentAsNull, rest } from './rest.ts';
import { type Area, scopesByArea } from './scopes.ts';
import { type AccountRefusal, basic, type Tokens, tokens } from './tokens.ts';
import { type UserStoreClient, userStoreClient } from './user-store.ts';

export interface ApiManagerOptions {
  /** What the names of our own OAuth clients there begin with; registration is an upsert by name, so keep it stable. Default `cdr_stack`. */
  clientName?: string | undefined;
  /** What the token is asked for. Default: all three. */
  areas?: readonly Area[] | undefined;
  /** Ask nothing twice between two writes; see {@link ApiManager.forget}. Default false. */
  rememberReads?: boolean | undefined;
}

/** WSO2 API Manager's REST APIs, one token for all of them that one account speaks to. */
export interface ApiManager {
  readonly url: string;
  readonly publisher: PublisherClient;
  readonly admin: AdminClient;
  readonly devportal: DevPortalClient;
  readonly gateway: GatewayClient;
  readonly users: UserStoreClient;
  /** The product's version, such as `4.7.0`, or undefined where the version service is switched off. */
  version(): Promise<string | undefined>;
  /**
   * Whether provisioning can start: client registration, token, the portals' settings and the gateway answer. Asks each once; poll it.
   * @throws Wso2Error when waiting cannot help: untrusted certificate, wrong credentials, missing scope
   */
  isOperational(): Promise<Readiness>;
  /**
   * From now on these areas are spoken to by accounts of their own, in place of the administrator. What was read of these areas is forgotten: one account may see what another does not.
   * With `whereAccepted` an account that is refused (it was removed, say) is passed over, and the administrator goes on.
   */
  speakAs(accounts: Partial<Record<Area, Credentials>>, how?: { whereAccepted?: boolean }): void;
  /** Why the account that was to speak to the area does not: it is refused, and the administrator speaks in its place. */
  refusalOf(area: Area): Promise<AccountRefusal | undefined>;
  /** The same server with the same token; calls that are under way when `signal` is aborted end with it. */
  within(signal: AbortSignal): ApiManager;
  /** Drops what is remembered of the server, so that the next read is one: before each look that waits for a change. */
  forget(): void;
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
  { clientName = 'cdr_stack', areas = everyArea, rememberReads: remember = false }: ApiManagerOptions = {},
): ApiManager {
  const transport = openTransport('API Manager', access, credentials.servicePath);
  const tokensFor = (account: Credentials, some: readonly Area[]) =>
    tokens(transport, account, { clientName, scopes: some.flatMap((area) => scopesByArea[area]) });
  let speakers = new Map<Area, Tokens>();
  let refusals = new Map<Area, (via: Send) => Promise<AccountRefusal | undefined>>();
  /** The administrator's token, and the areas that it is for: those for which no other user is set when it is first needed. */
  let others: { tokens: Tokens; areas: readonly Area[] } | undefined;
  const bearing =
    (area: Area) =>
    (via: Send): Send =>
    async (request) => {
      if (await refusals.get(area)?.(via)) speakers.delete(area);
      return (speakers.get(area) ?? administratorFor(area)).bearing(via)(request);
    };
  function administratorFor(area: Area): Tokens {
    if (!others?.areas.includes(area)) {
      const left = areas.filter((one) => !speakers.has(one));
      others = { tokens: tokensFor(credentials, left), areas: left };
    }
    return others.tokens;
  }
  const authorization = basic(transport, credentials.username, credentials.password);
  const memory = rememberReads();
  const remembering = (send: Send) => (remember ? memory.through(send) : send);
  const speaking = (send: Send): ApiManager => {
    const open = rest(remembering(send));
    const as = (area: Area) => rest(remembering(bearing(area)(send)));
    const gateway = gatewayClient(open, authorization);

    async function askOnce(): Promise<void> {
      const once = (area: Area) => rest(remembering(bearing(area)(onceOnly(send))));
      await Promise.all(areas.map((area) => once(area).done({ method: 'GET', path: settingsPaths[area] })));
    }

    return {
      url: transport.url,
      publisher: publisherClient(as('publisher')),
      admin: adminClient(as('admin')),
      devportal: devPortalClient(as('devportal')),
      gateway,
      users: userStoreClient(remembering(send), authorization),
      async version() {
        const path = '/services/Version';
        const answer = await absentAsNull(open.text({ method: 'GET', path, accept: '*/*', authorization }));
        return answer?.match(/\d+\.\d+\.\d+/)?.[0];
      },
      async isOperational() {
        const [portals, gatewayHealth] = await Promise.all([whetherOperational(askOnce), gateway.health()]);
        return portals.operational ? gatewayHealth : portals;
      },
      speakAs(accounts, { whereAccepted = false } = {}) {
        const given = Object.entries(accounts) as [Area, Credentials][];
        speakers = new Map(given.map(([area, account]) => [area, tokensFor(account, [area])]));
        refusals = new Map(whereAccepted ? [...speakers].map(([area, { refusal }]) => [area, keptOnce(refusal)]) : []);
        memory.forgetBelow('/api/am/publisher/', '/api/am/devportal/');
      },
      refusalOf: async (area) => refusals.get(area)?.(send),
      within: (signal) => speaking(bounded(transport.send, signal)),
      forget: memory.forget,
      close: transport.close,
    };
  };
  return speaking(transport.send);
}

const settingsPaths: Record<Area, string> = {
  publisher: '/api/am/publisher/v4/settings',
  admin: '/api/am/admin/v4/settings',
  devportal: '/api/am/devportal/v3/key-managers',
};

/** An answer that is kept; one that could not be had is asked for again. */
function keptOnce<T>(ask: (via: Send) => Promise<T>): (via: Send) => Promise<T> {
  let answer: Promise<T> | undefined;
  return (via) => {
    answer ??= ask(via).catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

function onceOnly(send: Send): Send {
  return (request) => send({ ...request, repetition: 'never' });
}
