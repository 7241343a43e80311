import { BlockList, isIP } from 'node:net';
import { InvocationError } from '../engine/errors.ts';
import type { AuditedServer } from './finding.ts';

/** A server that the command line names, or one beside it. */
export interface Address {
  server: AuditedServer;
  /** Origin, without a slash at the end. */
  url: string;
  hostname: string;
  port: number;
  /** How much higher its ports are than the product's own; undefined where the named one is no port of the product's. */
  offset: number | undefined;
  /** Whether the address is the product's default instead of a named one: then the server may not exist. */
  presumed?: true;
}

const ownPort: Record<AuditedServer, number> = { 'api-manager': 9443, 'identity-server': 9443, gateway: 8243 };
const highestOwnPort = 11_111;

/** @throws {InvocationError} when it is no https:// URL of a server. */
export function addressOf(server: AuditedServer, text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw new InvocationError(`${text} is not the address of a server: give https://host:port.`);
  const port = Number(url.port || 443);
  const moved = port - ownPort[server];
  const offset = moved >= 0 && moved + highestOwnPort < 65_536 ? moved : undefined;
  return { server, url: url.origin, hostname: url.hostname.replace(/^\[|\]$/g, ''), port, offset };
}

/** Another port of the same server, by the product's own number. */
export function counterpart({ url, offset }: Address, scheme: 'http' | 'https', port: number): string | undefined {
  if (offset === undefined) return undefined;
  const other = new URL(url);
  return `${scheme}://${other.hostname}:${port + offset}`;
}

/** API Manager's gateway, as the product has it by default; undefined where the named port is no port of the product's. */
export function gatewayBeside(apiManager: Address): Address | undefined {
  const url = counterpart(apiManager, 'https', ownPort.gateway);
  return url === undefined ? undefined : { ...addressOf('gateway', url), presumed: true };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether the server is asked on its own machine: what is bound to loopback answers there as well. */
export function isLoopback({ hostname }: Address): boolean {
  const family = isIP(hostname);
  return hostname === 'localhost' || (family !== 0 && loopback.check(hostname, family === 4 ? 'ipv4' : 'ipv6'));
}
