import { hash, timingSafeEqual } from 'node:crypto';
import type { ServerHome } from './server-home.ts';

/** The application as which a server's own pages of account recovery call its management APIs. */
export interface OwnApplication {
  name: string;
  /** SHA-256 of its password, in hexadecimal digits. */
  hash: string;
}

/** What `[account_recovery.endpoint.auth]` says; every version of both products is shipped with the hash of a word that everybody knows. */
export const ownApplicationOf = (home: ServerHome): OwnApplication => ({
  name: home.setting<string>('account_recovery.endpoint.auth.name') ?? 'dashboard',
  hash: home.setting<string>('account_recovery.endpoint.auth.hash') ?? hash('sha256', 'dashboard'),
});

/** Whether `Authorization: Client` of a request is that application's (the product's ClientAuthenticationHandler). */
export function isOwnApplication(authorization: string | undefined, application: OwnApplication): boolean {
  const credential = /^Client ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '')?.[1] ?? '';
  const [, name, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(credential, 'base64').toString('utf8')) ?? [];
  if (name !== application.name || password === undefined) return false;
  const [given, held] = [Buffer.from(hash('sha256', password)), Buffer.from(application.hash)];
  return given.length === held.length && timingSafeEqual(given, held);
}
