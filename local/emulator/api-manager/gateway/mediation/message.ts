import type { TransportHeaders } from '../transport-headers.ts';

/** What mediators read and change on its way through the gateway, by Synapse's scopes. */
export interface Message {
  /** Scope `transport`. */
  readonly headers: TransportHeaders;
  /** Scope `default` (`synapse`). */
  readonly properties: Map<string, string>;
  /** Scope `axis2`. */
  readonly axis2: Map<string, string>;
  /** A body that a mediator made; undefined as long as the body is the one that came. */
  payload: { body: string; contentType: string } | undefined;
  /** Asks an endpoint while the message waits, and returns the body of its answer; undefined: nobody is asked on the way back. */
  ask?: (url: URL, timeoutMs: number | undefined, headers: TransportHeaders) => Promise<string>;
}

export const SCOPES = ['default', 'synapse', 'transport', 'axis2'] as const;
export type Scope = (typeof SCOPES)[number];

/** A new message without properties. */
export function newMessage(headers: TransportHeaders): Message {
  return { headers, properties: new Map(), axis2: new Map(), payload: undefined };
}

/** The value of a property or header; empty if it does not exist, as in Synapse's XPath. */
export function readProperty(message: Message, scope: Scope, name: string): string {
  if (scope === 'transport') return message.headers.get(name) ?? '';
  return (scope === 'axis2' ? message.axis2 : message.properties).get(name) ?? '';
}

/** Sets a property or header; without a value removes it. */
export function writeProperty(message: Message, scope: Scope, name: string, value: string | undefined): void {
  if (scope === 'transport') {
    if (value === undefined) message.headers.remove(name);
    else message.headers.set(name, value);
  } else if (scope === 'axis2' && name === 'TRANSPORT_HEADERS' && value === undefined) {
    // Synapse keeps the headers themselves as a property of axis2: to remove that one removes them all.
    message.headers.clear();
  } else {
    const properties = scope === 'axis2' ? message.axis2 : message.properties;
    if (value === undefined) properties.delete(name);
    else properties.set(name, value);
  }
}
