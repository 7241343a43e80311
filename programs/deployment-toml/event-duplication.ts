import { fromEnvironment, secretEnvironment } from './stores.ts';

/** One of two API Managers, as the other reaches it. */
export interface ApiManagerInstance {
  /** A name that means this instance and no other. */
  host: string;
  /** Its `[server] offset`. */
  portOffset: number;
}

/** An instance and the one beside it. */
export interface ApiManagerPair {
  own: ApiManagerInstance;
  other: ApiManagerInstance;
}

/**
 * The tables below `[apim]` by which two API Managers are one: WSO2's "all-in-one, active-active".
 *
 * What happens in one is published to the event receivers of both (`publish.url_group`, for throttling `url_group`); each gateway
 * listens to its own broker only. Revoked tokens and throttling decisions reach an instance from outside, so it copies them to the
 * other's broker (`event_duplicate_url`). Without the one, a gateway does not learn of APIs and key managers; without the other, not
 * of revoked tokens.
 */
export function eventTables({ own, other }: ApiManagerPair) {
  const at = (scheme: string, { host, portOffset }: ApiManagerInstance, port: number) =>
    `${scheme}://${host}:${port + portOffset}`;
  const broker = at('tcp', { ...own, host: 'localhost' }, eventPorts.broker);
  const otherBroker = at('tcp', other, eventPorts.broker);
  const receivers = [own, other].map((instance) => ({
    tcp: at('tcp', instance, eventPorts.receiver),
    ssl: at('ssl', instance, eventPorts.receiverTls),
  }));
  return {
    event_hub: {
      enable: true,
      username: '$ref{super_admin.username}',
      password: '$ref{super_admin.password}',
      service_url: `https://localhost:${9443 + own.portOffset}/${fromEnvironment(secretEnvironment.servicePath)}/`,
      event_listening_endpoints: [broker],
      event_duplicate_url: [otherBroker],
      publish: { url_group: receivers.map(({ tcp, ssl }) => ({ urls: [tcp], auth_urls: [ssl] })) },
    },
    throttling: {
      event_duplicate_url: [otherBroker],
      throttle_decision_endpoints: [broker],
      url_group: receivers.map(({ tcp, ssl }) => ({
        traffic_manager_urls: [tcp],
        traffic_manager_auth_urls: [ssl],
      })),
    },
    // What one instance caches of the database (scopes, roles, resources) is stale once the other has written it.
    cache_invalidation: { enabled: true },
  };
}

/** The ports at which an API Manager receives events, with `[server] offset = 0`. */
export const eventPorts = {
  /** AMQP. */
  broker: 5672,
  receiver: 9611,
  /** Where a publisher says who it is. */
  receiverTls: 9711,
} as const;
