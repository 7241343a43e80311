import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ServerHome } from '../server-home.ts';
import type { Outbound } from './outbound.ts';

/** What an API Manager tells its gateway and itself of: where in the database something has changed. */
export type ApiManagerEvent =
  | { kind: 'deployment'; apiId: string; environment: string }
  | { kind: 'keyManager'; id: string; name: string }
  | { kind: 'revocation'; jti: string };

/** The events of one API Manager: those of its own and, where the configuration says so, of another one. */
export interface Events {
  /** Tells whom deployment.toml names, and returns before they have heard of it. */
  publish(event: ApiManagerEvent): void;
  /** Has this instance hear of an event: from itself, or from another. */
  receive(event: ApiManagerEvent): void;
  on<Kind extends ApiManagerEvent['kind']>(
    kind: Kind,
    listener: (event: Extract<ApiManagerEvent, { kind: Kind }>) => void,
  ): void;
  /** Stops telling others what they have not heard yet. */
  stop(): void;
}

interface Needs {
  outbound: Outbound;
  clock: Clock;
  logger: Logger;
}

/** Where an instance is told of events, beneath its receiver and its broker: a path of the emulator's own. */
export const eventPath = '/emulated/events';

/** Another instance that starts or restarts is told again; what it reads from the database as it starts does no harm twice. */
const attempts = 30;
const pauseMs = 1000;

/**
 * Reads from deployment.toml who is told of what, as the product does: changes go to every receiver of
 * `[[apim.event_hub.publish.url_group]]`, to the instance's own alone where there is none. A revoked token is the instance's own
 * broker's, and copied to those of `event_duplicate_url`.
 */
export function openEvents(home: ServerHome, { outbound, clock, logger }: Needs): Events {
  const groups = home.setting<{ auth_urls?: string[] }[]>('apim.event_hub.publish.url_group') ?? [];
  const receivers = groups.flatMap(({ auth_urls = [] }) => auth_urls);
  const otherBrokers =
    home.setting<string[]>('apim.event_hub.event_duplicate_url') ??
    home.setting<string[]>('apim.throttling.event_duplicate_url') ??
    [];
  const listeners = new Set<(event: ApiManagerEvent) => void>();
  const waiting = new Set<() => void>();

  const receive = (event: ApiManagerEvent) => {
    for (const listener of listeners) listener(event);
  };
  async function tell(url: string, event: ApiManagerEvent, attempt = 1): Promise<void> {
    const why = await deliver(url, event);
    if (why === undefined) return;
    if (attempt === attempts) return logger.error(`${url} was not told of ${event.kind}: ${why}`);
    const callOff = clock.after(pauseMs, () => {
      waiting.delete(callOff);
      void tell(url, event, attempt + 1);
    });
    waiting.add(callOff);
  }
  async function deliver(url: string, body: ApiManagerEvent): Promise<string | undefined> {
    const basic = {
      username: home.setting<string>('apim.event_hub.username') ?? home.required<string>('super_admin.username'),
      password: home.setting<string>('apim.event_hub.password') ?? home.required<string>('super_admin.password'),
    };
    try {
      const { status } = await outbound.call({ method: 'POST', url: addressOf(url), basic, body });
      return status === 202 ? undefined : `it answered ${status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return {
    receive,
    publish(event) {
      const others = event.kind === 'revocation' ? otherBrokers : receivers;
      // The instance's own receiver is one of the group, and reached like the other's.
      if (event.kind === 'revocation' || receivers.length === 0) receive(event);
      for (const url of others) void tell(url, event);
    },
    on(kind, listener) {
      listeners.add((event) => {
        if (event.kind === kind) listener(event as Extract<ApiManagerEvent, { kind: typeof kind }>);
      });
    },
    stop() {
      for (const callOff of waiting) callOff();
      waiting.clear();
    },
  };
}

/** A receiver is `ssl://host:port`, a broker `tcp://host:port`. */
function addressOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol === 'ssl:' ? 'https' : 'http'}://${host}${eventPath}`;
}
