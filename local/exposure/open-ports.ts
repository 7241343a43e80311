import type { Product, Versions } from '../verification/version.ts';

/** A port that a server listens at with the baseline on. */
export interface OpenPort extends Versions {
  server: Product;
  /** With an offset of 0. */
  port: number;
  speaks: 'TLS' | 'clear text';
  /** Set where only its own machine reaches it; else a firewall or a NetworkPolicy says who does. */
  loopback?: true;
  what: string;
}

/** All of them; what else listens is a door that nobody knows of. */
export const openPorts: readonly OpenPort[] = [
  { server: 'api-manager', port: 9443, speaks: 'TLS', what: 'management, portals and the token endpoint' },
  { server: 'api-manager', port: 8243, speaks: 'TLS', what: 'the gateway' },
  { server: 'api-manager', port: 9763, speaks: 'clear text', loopback: true, what: 'management' },
  { server: 'api-manager', port: 5672, speaks: 'clear text', loopback: true, what: 'the broker' },
  { server: 'api-manager', port: 9611, speaks: 'clear text', what: 'the receiver of events' },
  { server: 'api-manager', port: 9711, speaks: 'TLS', what: 'the receiver of events' },
  { server: 'api-manager', port: 10_711, speaks: 'TLS', what: 'Thrift' },
  { server: 'api-manager', port: 8021, before: '4.6', speaks: 'TLS', what: 'WebSub' },
  { server: 'api-manager', port: 8099, before: '4.6', speaks: 'TLS', what: 'WebSockets' },
  { server: 'api-manager', port: 9099, before: '4.6', speaks: 'clear text', what: 'WebSockets' },
  { server: 'identity-server', port: 9443, speaks: 'TLS', what: 'everything' },
  { server: 'identity-server', port: 10_711, speaks: 'TLS', what: 'Thrift' },
];

/** The start scripts turn on the Java VM's agent for JMX, whose port is at random; it ends connections from other machines. */
export const isLocalAgent = (port: number): boolean => port >= 32_768;
