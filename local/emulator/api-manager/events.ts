import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ServerHome } from '../server-home.ts';
import type { Outbound } from './outbound.ts';

/** An event for an API Manager and its gateway: which entry of the database has changed. */
export type ApiManagerEvent =
  | { kind: 'deployment'; apiId: string; environment: string }
  | { kind: 'keyManager'; id: string; name: string }
  | { kind: 'revocation'; jti: string };

/** The events of one API Manager: those of its own and, where the configuration says so, of another one. */
export interface Events {
  /** Sends the event to the receivers in deployment.toml; returns before they have received it. */
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

/** The path at which receiver and broker of an instance accept events: the emulator's own. */
export const eventPath = '/emulated/events';

/** The event is sent again to an instance that starts or restarts. Events are idempotent, so it may have read the change already. */
const attempts = 30;
const pauseMs = 1000;

/**
 * Reads the receivers of events from deployment.toml, as the product does: changes go to every receiver of
 * `[[apim.event_hub.publish.url_group]]`, by default only to the instance itself. Revoked tokens go to the instance's own broker, and to
 * those of `event_duplicate_url`.
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
    if (attempt === attempts) return logger.error(`${url} did not receive ${event.kind}: ${why}`);
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
